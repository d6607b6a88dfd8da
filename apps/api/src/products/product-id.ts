import { Injectable, type PipeTransform } from '@nestjs/common';
import { ProblemError } from '#libs/errors';

const PRODUCT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isProductId(text: string | undefined): text is string {
  return text !== undefined && PRODUCT_ID.test(text);
}

/** Refuses an id that no product can have, naming the rule. The id itself is not repeated: it may be anything. */
@Injectable()
export class ProductIdPipe implements PipeTransform<string, string> {
  transform(text: string): string {
    if (isProductId(text)) return text;
    throw new ProblemError('REQUEST_INVALID', {
      detail: 'The product id is not valid.',
      errors: [
        {
          field: 'id',
          rule: 'pattern',
          message: `must match ${PRODUCT_ID.source}: 1 to 64 letters, digits, dots, underscores or hyphens, a letter or digit first`,
        },
      ],
    });
  }
}
