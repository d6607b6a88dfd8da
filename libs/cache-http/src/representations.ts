import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock, codedShareBytes } from '#libs/cache';
import { CacheConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import {
  type Acceptable,
  acceptableCodings,
  type Coding,
  type HttpReply,
  type HttpRequest,
  ifNoneMatchHolds,
  varyBy,
} from '#libs/http';

/** The tags of so many bodies are remembered as asked for once. */
const ASKED = 2_048;

/** After each compression the compressor rests for so many times as long: it takes a twentieth of one processor at most. */
const REST = 19;

/** Requests that take nothing uncoded wait for their compression; so many at once, and no more. */
const MAX_WAITING = 8;

/** What a body costs beside its bytes: the Buffer, its memory's own head, the key. */
const OVERHEAD_BYTES = 300;

const BROTLI_QUALITY = 5;

const COMPRESS: Record<Coding, (bytes: Buffer) => Promise<Buffer>> = {
  gzip: promisify(gzip) as (bytes: Buffer) => Promise<Buffer>,
  br: (bytes) =>
    (promisify(brotliCompress) as (bytes: Buffer, options: object) => Promise<Buffer>)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
};

/**
 * Compressed bodies, found by the entity tag of what was compressed: a tag is the digest of its body, so none is ever out of
 * date. They have a share of L1's bytes.
 *
 * A body is compressed when it is asked for a second time, in the background, one body at a time, with a rest after each:
 * a client that asks for a new list each time makes the process compress as little as one that asks for none.
 */
@Injectable()
export class CodedBodies {
  private readonly bodies: LRUCache<string, Buffer>;
  private readonly asked = new LRUCache<string, true>({ max: ASKED });
  private line: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    config: CacheConfig,
    private readonly clock: Clock,
  ) {
    this.bodies = new LRUCache<string, Buffer>({
      maxSize: codedShareBytes(config),
      sizeCalculation: (bytes, key) => bytes.length + key.length + OVERHEAD_BYTES,
    });
  }

  get bytes(): number {
    return this.bodies.calculatedSize;
  }

  /** @param etag of the uncoded body */
  ready(etag: string, coding: Coding): Buffer | undefined {
    return this.bodies.get(coding + etag);
  }

  /** Someone would rather have had the body coded. The second time, it is made ready for the next one. */
  ask(etag: string, coding: Coding, body: string): void {
    const isFirst = this.asked.get(etag) === undefined;
    if (isFirst) this.asked.set(etag, true);
    if (isFirst || this.waiting > 0 || this.clock.nowMs() < this.restsUntilMs) return;
    // What fails is tried again by the next one who asks.
    this.enqueue(etag, coding, body).catch(() => undefined);
  }

  /** For a client that takes nothing else. @returns null if too many wait already */
  async demand(etag: string, coding: Coding, body: string): Promise<Buffer | null> {
    return this.waiting >= MAX_WAITING ? null : this.enqueue(etag, coding, body);
  }

  private enqueue(etag: string, coding: Coding, body: string): Promise<Buffer> {
    this.waiting += 1;
    const made = this.line
      .then(() => this.make(etag, coding, body))
      .finally(() => {
        this.waiting -= 1;
      });
    this.line = made.catch(() => undefined);
    return made;
  }

  private async make(etag: string, coding: Coding, body: string): Promise<Buffer> {
    const ready = this.ready(etag, coding);
    if (ready !== undefined) return ready;
    const restMs = this.restsUntilMs - this.clock.nowMs();
    if (restMs > 0) await this.clock.wait(restMs);
    const startedAtMs = this.clock.nowMs();
    const coded = await COMPRESS[coding](Buffer.from(body, 'latin1'));
    const endedAtMs = this.clock.nowMs();
    this.restsUntilMs = endedAtMs + REST * (endedAtMs - startedAtMs);
    // Memory of its own: a small Buffer keeps the whole pool that it was cut from.
    const kept = Buffer.allocUnsafeSlow(coded.length);
    coded.copy(kept);
    this.bodies.set(coding + etag, kept);
    return kept;
  }
}

/** How a body is sent to one client. */
export interface Representation {
  readonly coding: Acceptable;
  /** Strong, and so another one for each coding (RFC 9110 §8.8.3.3). */
  readonly etag: string;
  /** Null if it goes out as it is, or the client has it. */
  readonly coded: Buffer | null;
}

/** A shorter body hardly fits into fewer packets. */
const LEAST_BYTES = 1_024;

const RETRY_AFTER_SECONDS = 1;

/** Chooses how lists are sent: as they are, or compressed (RFC 9110 §12.5.3). */
@Injectable()
export class Representations {
  constructor(private readonly bodies: CodedBodies) {}

  /**
   * Sets `Vary`: answers of this address differ by the codings that a client accepts.
   *
   * @param body a byte a character
   * @throws ProblemError `NOT_ACCEPTABLE` if the client takes nothing that there is; `OVERLOADED` if it takes a coding
   *   alone, and too many wait for theirs
   */
  async choose(
    { headers }: HttpRequest,
    reply: HttpReply,
    { etag, body }: { readonly etag: string; readonly body: string },
  ): Promise<Representation> {
    varyBy(reply, 'Accept-Encoding');
    const acceptable = acceptableCodings(acceptEncodingIn(headers));
    const [best] = acceptable;
    if (best === undefined) throw notAcceptable();
    return (
      this.known(acceptable, etag, headers['if-none-match']) ??
      this.ready(acceptable, etag, body) ??
      this.demanded(best, etag, body)
    );
  }

  /** The one that the client has, whichever it would get now: it is spared all of them. */
  private known(
    acceptable: readonly Acceptable[],
    etag: string,
    ifNoneMatch: string | undefined,
  ): Representation | undefined {
    if (ifNoneMatch === undefined || ifNoneMatch.trim() === '*') return undefined;
    const coding = acceptable.find((each) => ifNoneMatchHolds(ifNoneMatch, tagOf(etag, each)));
    return coding === undefined ? undefined : { coding, etag: tagOf(etag, coding), coded: null };
  }

  private ready(acceptable: readonly Acceptable[], etag: string, body: string): Representation | undefined {
    const isShort = body.length < LEAST_BYTES;
    let isAsked = false;
    for (const coding of acceptable) {
      if (coding === 'identity') return { coding, etag, coded: null };
      const coded = this.bodies.ready(etag, coding);
      if (coded !== undefined) return { coding, etag: tagOf(etag, coding), coded };
      if (isAsked || isShort) continue;
      this.bodies.ask(etag, coding, body);
      isAsked = true;
    }
    return undefined;
  }

  private async demanded(best: Acceptable, etag: string, body: string): Promise<Representation> {
    const coded = await this.bodies.demand(etag, best as Coding, body);
    if (coded === null) throw tooMany();
    return { coding: best, etag: tagOf(etag, best), coded };
  }
}

/** Node joins several headers of this name into one. */
function acceptEncodingIn(headers: HttpRequest['headers']): string | undefined {
  const header = headers['accept-encoding'];
  return header === undefined ? undefined : String(header);
}

function tagOf(etag: string, coding: Acceptable): string {
  return coding === 'identity' ? etag : `${etag.slice(0, -1)}-${coding}"`;
}

function notAcceptable(): ProblemError {
  return new ProblemError('NOT_ACCEPTABLE', {
    detail:
      'Lists are sent as they are (identity), or in the coding br or gzip: take one of them in Accept-Encoding.',
  });
}

function tooMany(): ProblemError {
  return new ProblemError('OVERLOADED', {
    detail:
      'Too many lists are being compressed right now. Try again shortly, or take identity in Accept-Encoding.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
