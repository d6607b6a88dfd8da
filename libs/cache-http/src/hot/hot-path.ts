import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { type CacheKey, Clock, type HotSlot, L1Tier } from '#libs/cache';
import { CacheEvents } from '#libs/cache/events';
import { oddityOf } from '#libs/http';
import { asksForSource } from '../conditional-requests.js';
import { type Early, EarlyAnswers } from './early-answers.js';
import { HitHead } from './hit-head.js';
import { HotRoutes } from './hot-routes.js';
import { WarmPath } from './warm-path.js';

/** Whether a request is a GET or HEAD whose headers ask for no more than the answer that lies ready. */
export function isPlainRequest(request: IncomingMessage): boolean {
  const { method, headers } = request;
  return (
    // The router gives the 304 to a HEAD a length, and that to a GET none.
    (method === 'GET' || (method === 'HEAD' && headers['if-none-match'] === undefined)) &&
    headers.upgrade === undefined &&
    headers.expect === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    /* guard(fast-path-leaves-no-cache): true */ !asksForSource(headers['cache-control']) &&
    oddityOf(request) === undefined
  );
}

/**
 * Answers what lies ready ahead of the router and of Nest: a request of a known route, with a plain path and nothing
 * special in its headers, for a thing that L1 is trusted with, or that Redis has. Everything else is left untouched.
 * An answer from L1 waits for nothing, and nothing is made for it that the last answer has left.
 */
@Injectable()
export class HotPath {
  constructor(
    private readonly routes: HotRoutes,
    private readonly l1: L1Tier,
    private readonly answers: EarlyAnswers,
    private readonly warm: WarmPath,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  /** @returns whether it was answered, or will be */
  readonly answer = (
    request: IncomingMessage,
    response: ServerResponse,
    router: RequestListener,
  ): boolean => {
    const { url = '' } = request;
    const route = this.routes.of(url);
    if (route === undefined || !isPlainRequest(request)) return false;
    const key = route.keyOf(url);
    if (key === null) return false;
    const early = { request, response, route, arrivedAtMs: this.clock.nowMs() };
    return this.fromL1(early, key, url) || this.fromRedis(early, key, url, router);
  };

  private fromL1(early: Early, key: CacheKey, url: string): boolean {
    const slot = this.l1.hot(key, early.arrivedAtMs);
    const head =
      slot === undefined ? null : ((slot.attachment as HitHead | null) ?? this.firstHead(slot, url));
    if (slot === undefined || head === null) return false;
    const verified = this.l1.isVerified(slot, early.arrivedAtMs);
    head.update(early.arrivedAtMs, slot.entry, verified);
    this.answers.send(early, slot.entry, head);
    this.events.hit('l1', !verified);
    return true;
  }

  /** What L1 may answer, but not without a thought (it is near its end, or absent), is for the router. */
  private fromRedis(early: Early, key: CacheKey, url: string, router: RequestListener): boolean {
    if (!this.warm.isOpen || this.l1.trustedVersion(key) !== null) return false;
    if (this.routes.isOwnRoute(url)) return false;
    this.warm.answer(early, key, router);
    return true;
  }

  private firstHead(slot: HotSlot, url: string): HitHead | null {
    if (this.routes.isOwnRoute(url)) return null;
    const head = new HitHead();
    slot.attachment = head;
    return head;
  }
}
