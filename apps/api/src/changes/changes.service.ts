import { Injectable } from '@nestjs/common';
import { ChangeFeed, type FeedAnswer } from '#libs/coherence';
import { ProblemError } from '#libs/errors';
import { invalidFields } from '#libs/http';
import { isPostgresUnavailable } from '#libs/resilience';

/** What the feed answers if it answers. */
export type Changes = Extract<FeedAnswer, { kind: 'changes' }>;

const RETRY_AFTER_SECONDS = 2;

@Injectable()
export class ChangesService {
  constructor(private readonly feed: ChangeFeed) {}

  /**
   * @param since a cursor or `now`; null for everything that is there
   * @param field where the client sent the cursor
   * @throws ProblemError `REQUEST_INVALID`, `CHANGES_EXPIRED`, `OVERLOADED`, `ORIGIN_UNAVAILABLE`
   */
  async after(since: string | null, limit: number, field: 'since' | 'Last-Event-ID'): Promise<Changes> {
    const answer = await this.read(since, limit);
    if (answer.kind === 'changes') return answer;
    if (answer.kind === 'not-a-cursor') throw notACursor(field);
    if (answer.kind === 'busy') {
      const detail = 'Too many clients read changes at this moment. Try again shortly.';
      throw new ProblemError('OVERLOADED', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    throw new ProblemError('CHANGES_EXPIRED', {
      detail:
        'Changes after this cursor are no longer stored, or the database was restored to an earlier state. ' +
        'Read everything again, beginning with a cursor of GET /changes?since=now.',
    });
  }

  private async read(since: string | null, limit: number): Promise<FeedAnswer> {
    try {
      return await this.feed.after(since, limit);
    } catch (error) {
      if (!isPostgresUnavailable(error)) throw error;
      throw new ProblemError('ORIGIN_UNAVAILABLE', {
        detail: 'Changes cannot be read at the moment. Try again shortly; your cursor stays valid.',
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        cause: error,
      });
    }
  }
}

function notACursor(field: 'since' | 'Last-Event-ID'): Error {
  return invalidFields([
    { field, rule: 'cursor', message: 'must be the cursor of a page or the id of an event, or `now`' },
  ]);
}
