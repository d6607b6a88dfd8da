import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '#libs/errors';
import { bearerTokenOf } from './bearer-token.js';
import { KeyRing } from './key-ring.js';
import type { Writer } from './writer.js';

const CHALLENGE = 'Bearer realm="hotshelf"';

/** Lets requests in that may write. */
@Injectable()
export class WriterGate {
  constructor(private readonly keys: KeyRing) {}

  /**
   * Finds out who writes, and puts that on the request.
   *
   * @throws ProblemError `WRITES_DISABLED`, `UNAUTHENTICATED`
   */
  admit(request: FastifyRequest): Writer {
    // Never open: with no key configured nobody writes, instead of everybody.
    if (this.keys.isEmpty)
      throw new ProblemError('WRITES_DISABLED', { detail: 'No key is configured that may write.' });
    const presented = bearerTokenOf(request.raw.rawHeaders);
    if (presented.kind === 'none') throw unauthenticated('Send a key as Authorization: Bearer <key>.');
    if (presented.kind === 'malformed')
      throw unauthenticated('Send the Authorization header once, as Bearer and the key.');
    const match = this.keys.match(presented.token);
    if (match.kind === 'unknown') throw unauthenticated('The key is not known.', 'invalid_token');
    if (match.kind === 'expired') throw unauthenticated('The key has expired.', 'invalid_token');
    request.writer = match.writer;
    return match.writer;
  }
}

/** @param error what was wrong with the credentials, where there were any (RFC 6750 §3) */
function unauthenticated(detail: string, error?: 'invalid_token'): ProblemError {
  const challenge = error === undefined ? CHALLENGE : `${CHALLENGE}, error="${error}"`;
  return new ProblemError('UNAUTHENTICATED', { detail, headers: { 'www-authenticate': challenge } });
}
