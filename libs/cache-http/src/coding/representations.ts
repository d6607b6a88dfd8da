import { Injectable } from '@nestjs/common';
import { ProblemError } from '#libs/errors';
import { type HttpReply, type HttpRequest, varyBy } from '#libs/http';
import { ifNoneMatchHolds } from '../conditional-requests.js';
import { type Acceptable, acceptableCodings, CodedBodies, type Coding } from './coded-bodies.js';

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
