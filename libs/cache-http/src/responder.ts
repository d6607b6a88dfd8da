import { Injectable } from '@nestjs/common';
import { type CacheEntry, type CacheRead, Clock, type EntryTimes } from '#libs/cache';
import { CacheConfig } from '#libs/config';
import { type HttpReply, ifNoneMatchHolds, Platform } from '#libs/http';
import type { Representation } from './representations.js';

type Unnamed<Entry> = Entry extends CacheEntry ? Omit<Entry, 'key' | 'version'> : never;

/** What an answer is made of: what was read of a key, or of several, which have no key and no version together. */
export type Answerable = Omit<CacheRead, 'entry'> & { readonly entry: Unnamed<CacheEntry> };

/** What an answer states of the read that it is made of. */
export type Served = Pick<Answerable, 'servedFrom' | 'verified'> & { readonly entry: EntryTimes };

/**
 * What is left of an entry's fresh time, as answers state it; negative for an entry that is stale, or that could not be
 * say whether it is still true.
 */
export function ttlSeconds({ freshUntilMs }: EntryTimes, nowMs: number, verified: boolean): number {
  const seconds = Math.round((freshUntilMs - nowMs) / 1_000);
  return verified ? seconds : Math.min(-1, seconds);
}

/** How long ago an entry was loaded, as answers state it (`Age`, RFC 9111 §5.1). */
export function ageSeconds({ loadedAtMs }: EntryTimes, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - loadedAtMs) / 1_000));
}

/** How the cache handled the request (RFC 9211); a negative `ttl` says that the answer is stale. */
export function cacheStatus({ servedFrom, entry, verified }: Served, bypass: boolean, nowMs: number): string {
  const ttl = ttlSeconds(entry, nowMs, verified);
  if (servedFrom === 'origin')
    return `hotshelf; fwd=${bypass ? 'request' : 'uri-miss'}; stored; ttl=${ttl}; detail=origin`;
  return `hotshelf; hit; ttl=${ttl}; detail=${servedFrom === 'l1' ? 'l1' : 'redis'}`;
}

/** Names and values in turn, in the order in which they are sent. */
export type HeaderList = readonly string[];

const seconds = (ms: number) => Math.floor(ms / 1_000);

/** The headers that state what is known of an entry, on every path that answers from one. */
@Injectable()
export class EntryHeaders {
  private readonly usual: string;

  constructor(private readonly config: CacheConfig) {
    this.usual = this.upTo(config.httpMaxAgeMs);
  }

  /**
   * @param status see `cacheStatus`
   * @param age see `ageSeconds`
   * @param etag of the bytes as they are sent
   * @param tags what a CDN may purge the answer by
   * @returns the headers, to which those of a body may be added
   */
  of(entry: EntryTimes, status: string, age: string, etag: string, tags: readonly string[]): string[] {
    const cacheControl = this.cacheControlOf(entry);
    const headers = ['cache-status', status, 'etag', etag, 'cache-control', cacheControl, 'age', age];
    const { httpTagHeader: name } = this.config;
    if (name !== null && tags.length > 0) headers.push(name, tags.join(name === 'cache-tag' ? ',' : ' '));
    return headers;
  }

  /**
   * How long clients may keep an answer (RFC 9111 §5.2, RFC 5861): the same for all of them, but for what is fresh for a shorter
   * time here.
   */
  private cacheControlOf({ freshUntilMs, loadedAtMs }: EntryTimes): string {
    const freshMs = freshUntilMs - loadedAtMs;
    return freshMs < this.config.httpMaxAgeMs ? this.upTo(freshMs) : this.usual;
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

/** What every answer with a body carries after those of its entry. */
export const BODY_HEADERS: HeaderList = ['content-type', 'application/json; charset=utf-8'];

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

/** Turns what was read into an answer. See hot/ for what is answered ahead of the router. */
@Injectable()
export class Responder {
  constructor(
    private readonly clock: Clock,
    private readonly headers: EntryHeaders,
    private readonly platform: Platform,
  ) {}

  /**
   * Sets the status and the headers; of what is absent, only how it was found.
   *
   * @returns what a method returns so that Nest sends the body; undefined if there is none
   */
  answer(
    reply: HttpReply,
    read: Answerable,
    { bypass, ifNoneMatch, representation, tags = [] }: Conditions,
  ): ReturnType<Platform['body']> | undefined {
    const { entry } = read;
    const nowMs = this.clock.nowMs();
    const status = cacheStatus(read, bypass, nowMs);
    if (entry.state === 'absent') return void reply.header('cache-status', status);
    const age = String(ageSeconds(entry, nowMs));
    const { etag, coding, coded } = representation ?? { ...UNCODED, etag: entry.etag };
    const headers = this.headers.of(entry, status, age, etag, tags);
    const isKnown = ifNoneMatchHolds(ifNoneMatch, etag);
    if (!isKnown) headers.push(...(coded === null ? [] : ['content-encoding', coding]), ...BODY_HEADERS);
    for (let at = 0; at < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1]);
    reply.status(isKnown ? 304 : 200);
    return isKnown ? undefined : this.platform.body(coded ?? Buffer.from(entry.body, 'latin1'));
  }
}
