import { Injectable } from '@nestjs/common';
import { ifMatchHolds } from '#libs/cache';
import { WriteConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import type { Product } from '../product.js';
import { etagOfProduct } from './write-result.js';

/** Whether a product is the one that its writer has seen. To be asked while the product is held. */
@Injectable()
export class Precondition {
  constructor(private readonly config: WriteConfig) {}

  /**
   * @param ifMatch the header
   * @throws ProblemError `PRECONDITION_FAILED`, or `PRECONDITION_REQUIRED` where the service asks for the header
   */
  check(product: Product, ifMatch: string | undefined): void {
    if (ifMatch !== undefined) this.checkGiven(product, ifMatch);
    else if (this.config.requireIfMatch) throw preconditionRequired();
  }

  /** @throws ProblemError `PRECONDITION_FAILED` */
  checkGiven(product: Product, ifMatch: string): void {
    if (ifMatchHolds(ifMatch, etagOfProduct(product))) return;
    throw new ProblemError('PRECONDITION_FAILED', {
      detail: `Product ${product.id} has none of the entity tags in If-Match: it was changed meanwhile.`,
    });
  }
}

function preconditionRequired(): ProblemError {
  return new ProblemError('PRECONDITION_REQUIRED', {
    detail: 'Send the ETag of the product that you have seen in If-Match.',
  });
}
