import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpEvents, traceContextOf } from '#libs/http';
import { requestIdOf } from '#libs/logging';
import { Clock } from '../../clock.js';
import { HitHead } from '../../entry/hit-head.js';
import { CacheEvents } from '../../events.js';
import type { HotSlot } from '../../tiers/memory-slot.js';
import { MemoryTier } from '../../tiers/memory-tier.js';
import { ifNoneMatchHolds } from '../if-none-match.js';
import { HotHeaders } from './hot-headers.js';
import type { HotRoute } from './hot-route.js';
import { HotRoutes } from './hot-routes.js';
import { isPlainRequest } from './is-plain-request.js';

/**
 * Answers what lies ready in memory ahead of the router and of Nest: a request of a learnt route, with a plain path and
 * nothing special in its headers, for a thing that memory is trusted with. Everything else is left untouched. Nothing
 * here waits, and nothing is made that the last answer has left.
 */
@Injectable()
export class HotPath {
  constructor(
    private readonly routes: HotRoutes,
    private readonly memory: MemoryTier,
    private readonly headers: HotHeaders,
    private readonly clock: Clock,
    private readonly cacheEvents: CacheEvents,
    private readonly httpEvents: HttpEvents,
  ) {}

  /** @returns whether it was answered */
  readonly answer = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { url = '' } = request;
    const route = this.routes.of(url);
    if (route === undefined || !isPlainRequest(request)) return false;
    const key = route.keyOf(url);
    if (key === null) return false;
    const nowMs = this.clock.nowMs();
    const slot = this.memory.hot(key, nowMs);
    const head = slot === undefined ? null : (slot.head ?? this.firstHead(slot, url));
    if (slot === undefined || head === null) return false;
    head.tellAt(nowMs, slot.entry);
    this.send(route, request, response, slot, head, nowMs);
    return true;
  };

  private send(
    route: HotRoute,
    request: IncomingMessage,
    response: ServerResponse,
    { entry }: HotSlot,
    head: HitHead,
    arrivedAtMs: number,
  ): void {
    const requestId = requestIdOf(request.headers['x-request-id']);
    const { traceparent } = request.headers;
    const trace = traceparent === undefined ? null : traceContextOf(traceparent);
    const unchanged = ifNoneMatchHolds(request.headers['if-none-match'], entry.etag);
    if (unchanged) {
      response.writeHead(304, this.headers.of('bare', requestId, entry, head, trace)).end();
    } else {
      response.writeHead(200, this.headers.of('whole', requestId, entry, head, trace));
      // Node itself leaves the body of a HEAD away.
      response.end(entry.body, 'latin1');
    }
    this.cacheEvents.emit('hit', 'l1');
    const answered = request.method === 'HEAD' ? route.head : route.get;
    const seconds = (this.clock.nowMs() - arrivedAtMs) / 1_000;
    this.httpEvents.answered(answered, unchanged ? 304 : 200, seconds, requestId, request.url ?? '');
  }

  private firstHead(slot: HotSlot, url: string): HitHead | null {
    if (this.routes.isOwnRoute(url)) return null;
    slot.head = new HitHead();
    return slot.head;
  }
}
