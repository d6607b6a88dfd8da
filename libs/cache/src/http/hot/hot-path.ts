import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock.js';
import type { CacheKey } from '../../entry/entry.js';
import { HitHead } from '../../entry/hit-head.js';
import { CacheEvents } from '../../events.js';
import type { HotSlot } from '../../tiers/memory-slot.js';
import { MemoryTier } from '../../tiers/memory-tier.js';
import { type Early, EarlyAnswers } from './early-answers.js';
import { HotRoutes } from './hot-routes.js';
import { isPlainRequest } from './is-plain-request.js';
import { WarmPath } from './warm-path.js';

/**
 * Answers what lies ready ahead of the router and of Nest: a request of a learnt route, with a plain path and nothing
 * special in its headers, for a thing that memory is trusted with, or that Redis has. Everything else is left untouched.
 * An answer from memory waits for nothing, and nothing is made for it that the last answer has left.
 */
@Injectable()
export class HotPath {
  constructor(
    private readonly routes: HotRoutes,
    private readonly memory: MemoryTier,
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
    return this.fromMemory(early, key, url) || this.fromRedis(early, key, url, router);
  };

  private fromMemory(early: Early, key: CacheKey, url: string): boolean {
    const slot = this.memory.hot(key, early.arrivedAtMs);
    const head = slot === undefined ? null : (slot.head ?? this.firstHead(slot, url));
    if (slot === undefined || head === null) return false;
    const verified = this.memory.isVerified(slot, early.arrivedAtMs);
    head.tellAt(early.arrivedAtMs, slot.entry, verified);
    this.answers.send(early, slot.entry, head);
    this.events.emit('hit', 'l1');
    if (!verified) this.events.emit('stale', 'l1');
    return true;
  }

  /** What memory may answer, but not without a thought (it is near its end, or absent), is for the router. */
  private fromRedis(early: Early, key: CacheKey, url: string, router: RequestListener): boolean {
    if (!this.warm.isOpen || this.memory.trustedVersion(key) !== null) return false;
    if (this.routes.isOwnRoute(url)) return false;
    this.warm.answer(early, key, router);
    return true;
  }

  private firstHead(slot: HotSlot, url: string): HitHead | null {
    if (this.routes.isOwnRoute(url)) return null;
    slot.head = new HitHead();
    return slot.head;
  }
}
