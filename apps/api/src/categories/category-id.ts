import { Injectable, type PipeTransform } from '@nestjs/common';
import { ProblemError } from '#libs/errors';

const CATEGORY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isCategoryId(text: string | undefined): text is string {
  return text !== undefined && CATEGORY_ID.test(text);
}

/** Refuses an id that no category can have, naming the rule. */
@Injectable()
export class CategoryIdPipe implements PipeTransform<string, string> {
  transform(text: string): string {
    if (isCategoryId(text)) return text;
    const message = `must match ${CATEGORY_ID.source}`;
    throw new ProblemError('REQUEST_INVALID', {
      detail: 'The category id is not valid.',
      errors: [{ field: 'id', rule: 'pattern', message }],
    });
  }
}
