import { Injectable } from '@nestjs/common';
import { CacheConfig } from '#libs/config';
import { Clock } from '../clock.js';
import type { Answerable } from './answerable.js';
import { ifNoneMatchHolds } from './if-none-match.js';

export type Headers = Readonly<Record<string, string>>;

/** An answer ready to be sent, whichever path sends it. */
export type Answer =
  | { readonly kind: 'body'; readonly headers: Headers; readonly body: Buffer }
  | { readonly kind: 'not-modified'; readonly headers: Headers }
  | { readonly kind: 'absent'; readonly headers: Headers };

export interface Conditions {
  /** The client asked past the cache. */
  readonly bypass: boolean;
  readonly ifNoneMatch: string | undefined;
}

/** Turns what was read into an answer: the one place that knows the cache's response headers. */
@Injectable()
export class Responder {
  private readonly cacheControl: string;

  constructor(
    private readonly clock: Clock,
    config: CacheConfig,
  ) {
    const seconds = (ms: number) => Math.floor(ms / 1_000);
    this.cacheControl = [
      'public',
      `max-age=${seconds(config.httpMaxAgeMs)}`,
      `stale-while-revalidate=${seconds(config.httpStaleMs)}`,
      `stale-if-error=${seconds(config.graceMs)}`,
    ].join(', ');
  }

  answer(read: Answerable, { bypass, ifNoneMatch }: Conditions): Answer {
    const { entry } = read;
    const nowMs = this.clock.nowMs();
    const status = { 'cache-status': cacheStatus(read, bypass, nowMs) };
    if (entry.state === 'absent') return { kind: 'absent', headers: status };
    const headers = {
      ...status,
      etag: entry.etag,
      'cache-control': this.cacheControl,
      age: String(Math.max(0, Math.floor((nowMs - entry.loadedAtMs) / 1_000))),
    };
    if (ifNoneMatchHolds(ifNoneMatch, entry.etag)) return { kind: 'not-modified', headers };
    return {
      kind: 'body',
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
      body: Buffer.from(entry.body, 'latin1'),
    };
  }
}

const TIER_DETAIL = { memory: 'l1', redis: 'redis', origin: 'origin' } as const;

/** How the cache handled the request (RFC 9211); a negative `ttl` says that the answer is stale. */
function cacheStatus({ source, entry, unverified }: Answerable, bypass: boolean, nowMs: number): string {
  const ttlSeconds = Math.round((entry.freshUntilMs - nowMs) / 1_000);
  const ttl = `ttl=${unverified ? Math.min(-1, ttlSeconds) : ttlSeconds}`;
  const detail = `detail=${TIER_DETAIL[source]}`;
  if (source !== 'origin') return `hotshelf; hit; ${ttl}; ${detail}`;
  return `hotshelf; fwd=${bypass ? 'request' : 'uri-miss'}; stored; ${ttl}; ${detail}`;
}
