import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpEvents, traceContextOf } from '#libs/http';
import { requestIdOf } from '#libs/logging';
import { Clock } from '../../clock.js';
import type { PresentEntry } from '../../entry/entry.js';
import type { HitTold } from '../../entry/hit-head.js';
import { ifNoneMatchHolds } from '../if-none-match.js';
import { HotHeaders } from './hot-headers.js';
import type { HotRoute } from './hot-route.js';

/** A request that is answered ahead of the router. */
export interface Early {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: HotRoute;
  readonly arrivedAtMs: number;
}

/** Sends an entry as the router would have it sent, and tells of the answer. */
@Injectable()
export class EarlyAnswers {
  constructor(
    private readonly headers: HotHeaders,
    private readonly clock: Clock,
    private readonly events: HttpEvents,
  ) {}

  send({ request, response, route, arrivedAtMs }: Early, entry: PresentEntry, told: HitTold): void {
    const requestId = requestIdOf(request.headers['x-request-id']);
    const { traceparent } = request.headers;
    const trace = traceparent === undefined ? null : traceContextOf(traceparent);
    const unchanged = ifNoneMatchHolds(request.headers['if-none-match'], entry.etag);
    if (unchanged) {
      response.writeHead(304, this.headers.of('bare', requestId, entry, told, trace)).end();
    } else {
      response.writeHead(200, this.headers.of('whole', requestId, entry, told, trace));
      // Node itself leaves the body of a HEAD away.
      response.end(entry.body, 'latin1');
    }
    const answered = request.method === 'HEAD' ? route.head : route.get;
    const seconds = (this.clock.nowMs() - arrivedAtMs) / 1_000;
    this.events.answered(answered, unchanged ? 304 : 200, seconds, requestId, request.url ?? '');
  }
}
