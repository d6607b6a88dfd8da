import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { ageSeconds, hitStatus, ttlSeconds } from '../entry/hit-head.js';
import { BODY_HEADERS, entryHeaders, type HeaderList } from './answer-headers.js';
import type { Answerable } from './answerable.js';
import { ClientCaching } from './client-caching.js';
import { ifNoneMatchHolds } from './if-none-match.js';

/** An answer ready to be sent. */
export type Answer =
  | { readonly kind: 'body'; readonly headers: HeaderList; readonly body: Buffer }
  | { readonly kind: 'not-modified'; readonly headers: HeaderList }
  | { readonly kind: 'absent'; readonly headers: HeaderList };

export interface Conditions {
  /** The client asked past the cache. */
  readonly bypass: boolean;
  readonly ifNoneMatch: string | undefined;
}

/** Turns what was read into an answer. The hot path says the same of a hit in memory; see hot/. */
@Injectable()
export class Responder {
  constructor(
    private readonly clock: Clock,
    private readonly clients: ClientCaching,
  ) {}

  answer(read: Answerable, { bypass, ifNoneMatch }: Conditions): Answer {
    const { entry } = read;
    const nowMs = this.clock.nowMs();
    const status = cacheStatus(read, bypass, nowMs);
    if (entry.state === 'absent') return { kind: 'absent', headers: ['cache-status', status] };
    const age = String(ageSeconds(entry, nowMs));
    const headers = entryHeaders(status, entry.etag, this.clients.cacheControl, age);
    if (ifNoneMatchHolds(ifNoneMatch, entry.etag)) return { kind: 'not-modified', headers };
    headers.push(...BODY_HEADERS);
    return { kind: 'body', headers, body: Buffer.from(entry.body, 'latin1') };
  }
}

/** How the cache handled the request (RFC 9211); a negative `ttl` says that the answer is stale. */
function cacheStatus({ source, entry, verified }: Answerable, bypass: boolean, nowMs: number): string {
  const ttl = ttlSeconds(entry, nowMs, verified);
  if (source === 'memory') return hitStatus(ttl, 'l1');
  if (source === 'redis') return hitStatus(ttl, 'redis');
  return `hotshelf; fwd=${bypass ? 'request' : 'uri-miss'}; stored; ttl=${ttl}; detail=origin`;
}
