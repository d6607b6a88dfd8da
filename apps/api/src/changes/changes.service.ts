import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ChangeFeed, type FeedAnswer } from '#libs/coherence';
import { ProblemError } from '#libs/errors';
import { HttpEvents, invalidFields } from '#libs/http';
import { isPostgresUnavailable } from '#libs/resilience';
import { toChangeDto } from './changes.docs.js';

/** What the feed answers if it answers. */
export type Changes = Extract<FeedAnswer, { kind: 'changes' }>;

const RETRY_AFTER_SECONDS = 2;

/** Streams per process. Each costs a connection and a timer. */
const MAX_STREAMS = 100;

const PAGE = 1_000;
const POLL_MS = 100;

/**
 * An event without data: it keeps proxies from closing the connection, and moves the client's `Last-Event-ID` on while
 * nothing changes, so that its cursor does not expire.
 */
const HEARTBEAT_MS = 10_000;

/** How long an EventSource waits before it connects again. */
const RECONNECT_MS = 1_000;

/** Reads committed changes, as pages and as streams. */
@Injectable()
export class ChangesService {
  private readonly stopping = new AbortController();
  private open = 0;

  constructor(
    private readonly feed: ChangeFeed,
    events: HttpEvents,
  ) {
    events.onDrain(() => this.stopping.abort());
  }

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

  /**
   * Server-sent events (WHATWG HTML, section 9.2), for as long as the client reads and the process serves.
   *
   * @param first the changes that the stream begins with
   * @param socket the client's. The server answers clients that have closed their side, but one that follows changes and
   *   closes its side has gone, and nothing is written for a while that would show it.
   * @throws ProblemError `OVERLOADED` if this process has too many streams
   */
  stream(first: Changes, socket: Socket): Readable {
    // guard(change-streams-are-bounded): drop
    if (this.open >= MAX_STREAMS) throw tooManyStreams();
    this.open += 1;
    const stream = Readable.from(this.events(first), { objectMode: false });
    const leave = () => stream.destroy();
    socket.once('end', leave);
    stream.once('close', () => {
      socket.off('end', leave);
      this.open -= 1;
    });
    return stream;
  }

  /** A client that reads slowly is waited for at each `yield`, and reads its next page later. */
  private async *events(first: Changes): AsyncGenerator<string> {
    const { signal } = this.stopping;
    yield `retry: ${RECONNECT_MS}\n\n`;
    let page: Changes | null = first;
    let sentAtMs = performance.now();
    while (!signal.aborted && page !== null) {
      const text = textOf(page);
      const isQuiet = performance.now() - sentAtMs >= HEARTBEAT_MS;
      if (text !== '' || isQuiet) {
        yield text === '' ? `id: ${page.next}\n\n` : text;
        sentAtMs = performance.now();
      }
      if (page.isLast) await pause(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) page = await this.next(page.next);
    }
  }

  /** @returns null if the stream ends here: the client connects again, and is answered with the reason */
  private async next(cursor: string): Promise<Changes | null> {
    try {
      return await this.after(cursor, PAGE, 'Last-Event-ID');
    } catch {
      return null;
    }
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

function tooManyStreams(): ProblemError {
  const detail = `This process already serves ${MAX_STREAMS} streams of changes.`;
  return new ProblemError('OVERLOADED', { detail, retryAfterSeconds: 5 });
}

/** The events of a page. The last one has the cursor of the page, which is shorter and lives longer than that of a change. */
function textOf({ changes, cursorBehind, next }: Changes): string {
  const last = changes.at(-1);
  const events: string[] = [];
  for (const row of changes) {
    const dto = toChangeDto(row);
    const id = row === last ? next : cursorBehind(row);
    if (dto !== null) events.push(`id: ${id}\ndata: ${JSON.stringify(dto)}\n\n`);
  }
  return events.join('');
}
