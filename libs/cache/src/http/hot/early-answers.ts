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
import { ReadyHeads, type Told } from './ready-heads.js';

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
    private readonly ready: ReadyHeads,
    private readonly clock: Clock,
    private readonly events: HttpEvents,
  ) {}

  send({ request, response, route, arrivedAtMs }: Early, entry: PresentEntry, hit: HitTold): void {
    const { headers, method, url = '' } = request;
    const requestId = requestIdOf(headers['x-request-id']);
    const trace = headers['traceparent'] === undefined ? null : traceContextOf(headers['traceparent']);
    const told = { requestId, trace, entry, hit, nowMs: arrivedAtMs };
    const unchanged = ifNoneMatchHolds(headers['if-none-match'], entry.etag);
    if (unchanged) response.writeHead(304, this.headers.of('bare', requestId, entry, hit, trace)).end();
    else this.sendWhole(response, told, method === 'HEAD' ? '' : entry.body);
    const answered = method === 'HEAD' ? route.head : route.get;
    const seconds = (this.clock.nowMs() - arrivedAtMs) / 1_000;
    this.events.answered(answered, unchanged ? 304 : 200, seconds, requestId, url, trace?.traceId ?? null);
  }

  private sendWhole(response: ServerResponse, told: Told, body: string): void {
    if (this.ready.send(response, told, body)) return;
    const { requestId, entry, hit, trace } = told;
    response.writeHead(200, this.headers.of('whole', requestId, entry, hit, trace));
    this.ready.learn(response, told);
    response.end(body, 'latin1');
  }
}
