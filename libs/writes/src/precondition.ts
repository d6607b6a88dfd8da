import { Injectable } from '@nestjs/common';
import { ifMatchHolds } from '#libs/cache-http';
import { WriteConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import { etagOfValue, type WritableResource } from './written.js';

/** Whether a thing is the one that its writer has seen. To be asked while its row is held. */
@Injectable()
export class Precondition {
  constructor(private readonly config: WriteConfig) {}

  /** Whether a write has to hold its row and compare it before it changes it. */
  isAsked(ifMatch: string | undefined): boolean {
    return ifMatch !== undefined || this.config.requireIfMatch;
  }

  /**
   * @param ifMatch the header
   * @throws ProblemError `PRECONDITION_FAILED`, or `PRECONDITION_REQUIRED` if the service asks for the header
   */
  check<T>(written: WritableResource<T>, value: T, ifMatch: string | undefined): void {
    if (ifMatch !== undefined) this.checkGiven(written, value, ifMatch);
    else if (this.config.requireIfMatch) throw preconditionRequired(written);
  }

  /** @throws ProblemError `PRECONDITION_FAILED` */
  checkGiven<T>(written: WritableResource<T>, value: T, ifMatch: string): void {
    if (ifMatchHolds(ifMatch, etagOfValue(written, value))) return;
    throw new ProblemError('PRECONDITION_FAILED', {
      detail: `${written.noun} ${written.idOf(value)} has none of the entity tags in If-Match: it was changed meanwhile.`,
    });
  }
}

function preconditionRequired<T>({ noun }: WritableResource<T>): ProblemError {
  return new ProblemError('PRECONDITION_REQUIRED', {
    detail: `Send the ETag of the ${noun.toLowerCase()} that you have seen in If-Match.`,
  });
}
