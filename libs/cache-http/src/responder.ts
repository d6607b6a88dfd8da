import { Injectable } from '@nestjs/common';
import { type CacheEntry, type CacheRead, Clock, type EntryTimes } from '#libs/cache';
import { CacheConfig } from '#libs/config';
import type { HttpReply } from '#libs/http';
import type { Representation } from './coding/representations.js';
import { ifNoneMatchHolds } from './conditional-requests.js';
import { ageSeconds, hitStatus, ttlSeconds } from './hot/hit-head.js';

type Unnamed<Entry> = Entry extends CacheEntry ? Omit<Entry, 'key' | 'version'> : never;

/** What an answer is made of: what was read of a key, or of several, which have no key and no version together. */
export type Answerable = Omit<CacheRead, 'entry'> & { readonly entry: Unnamed<CacheEntry> };

const seconds = (ms: number) => Math.floor(ms / 1_000);

/**
 * How long clients may keep an answer (`Cache-Control`, RFC 9111 §5.2, RFC 5861): the same for all of them, but for what is fresh
 * for a shorter time here.
 */
@Injectable()
export class ClientCaching {
  private readonly usual: string;

  constructor(private readonly config: CacheConfig) {
    this.usual = this.upTo(config.httpMaxAgeMs);
  }

  cacheControlOf({ freshUntilMs, loadedAtMs }: EntryTimes): string {
    const freshMs = freshUntilMs - loadedAtMs;
    return freshMs < this.config.httpMaxAgeMs ? this.upTo(freshMs) : this.usual;
  }

  /** The header of the tags, for purges of a CDN; none unless it is configured. */
  tagsOf(tags: readonly string[]): HeaderList {
    const { httpTagHeader: name } = this.config;
    if (name === null || tags.length === 0) return [];
    return [name, tags.join(name === 'cache-tag' ? ',' : ' ')];
  }

  private upTo(freshMs: number): string {
    return [
      'public',
      `max-age=${seconds(freshMs)}`,
      `stale-while-revalidate=${seconds(this.config.httpStaleMs)}`,
      `stale-if-error=${seconds(this.config.graceMs)}`,
    ].join(', ');
  }
}

export function setHeaders(reply: HttpReply, headers: HeaderList): void {
  for (let at = 0; at < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1]);
}

/** Names and values in turn, in the order in which they are sent. */
export type HeaderList = readonly string[];

/** What every answer from an entry carries; the place of each value is the same in all of them. */
export function entryHeaders(cacheStatus: string, etag: string, cacheControl: string, age: string): string[] {
  return ['cache-status', cacheStatus, 'etag', etag, 'cache-control', cacheControl, 'age', age];
}

/** What an answer with a body carries after that. */
export const BODY_HEADERS: HeaderList = ['content-type', 'application/json; charset=utf-8'];

/** An answer ready to be sent. */
export type Answer =
  | { readonly kind: 'body'; readonly headers: HeaderList; readonly body: Buffer }
  | { readonly kind: 'not-modified'; readonly headers: HeaderList }
  | { readonly kind: 'absent'; readonly headers: HeaderList };

export interface Conditions {
  /** The client asked past the cache. */
  readonly bypass: boolean;
  readonly ifNoneMatch: string | undefined;
  /** How the body is sent; default: as it is, under the entry's own tag. */
  readonly representation?: Representation;
  /** What a CDN may purge the answer by. Default: nothing. */
  readonly tags?: readonly string[];
}

const UNCODED = { coding: 'identity', coded: null } as const;

/** Turns what was read into an answer. The hot path says the same of a hit in L1; see hot/. */
@Injectable()
export class Responder {
  constructor(
    private readonly clock: Clock,
    private readonly clients: ClientCaching,
  ) {}

  answer(read: Answerable, { bypass, ifNoneMatch, representation, tags = [] }: Conditions): Answer {
    const { entry } = read;
    const nowMs = this.clock.nowMs();
    const status = cacheStatus(read, bypass, nowMs);
    if (entry.state === 'absent') return { kind: 'absent', headers: ['cache-status', status] };
    const age = String(ageSeconds(entry, nowMs));
    const { etag, coding, coded } = representation ?? { ...UNCODED, etag: entry.etag };
    const headers = entryHeaders(status, etag, this.clients.cacheControlOf(entry), age);
    headers.push(...this.clients.tagsOf(tags));
    if (ifNoneMatchHolds(ifNoneMatch, etag)) return { kind: 'not-modified', headers };
    if (coded !== null) headers.push('content-encoding', coding);
    headers.push(...BODY_HEADERS);
    return { kind: 'body', headers, body: coded ?? Buffer.from(entry.body, 'latin1') };
  }
}

/** How the cache handled the request (RFC 9211); a negative `ttl` says that the answer is stale. */
export function cacheStatus(
  { servedFrom, entry, verified }: Answerable,
  bypass: boolean,
  nowMs: number,
): string {
  const ttl = ttlSeconds(entry, nowMs, verified);
  if (servedFrom === 'l1') return hitStatus(ttl, 'l1');
  if (servedFrom === 'l2') return hitStatus(ttl, 'redis');
  return `hotshelf; fwd=${bypass ? 'request' : 'uri-miss'}; stored; ttl=${ttl}; detail=origin`;
}
