import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import type { PresentEntry } from '#libs/cache';
import { Clock } from '#libs/cache';
import { CrossOrigin, HttpEvents, requestIdOf, traceContextOf } from '#libs/http';
import { ifNoneMatchHolds } from '../conditional-requests.js';
import type { HitHeaders } from './hit-head.js';
import { type AnswerFacts, HotHeaders, ReadyHeads } from './hot-headers.js';
import type { HotRoute } from './hot-routes.js';

/** A request that is answered ahead of the router. */
export interface Early {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: HotRoute;
  readonly arrivedAtMs: number;
}

/** Sends an entry as the router would have it sent, and reports the answer. */
@Injectable()
export class EarlyAnswers {
  private readonly logger = new Logger('EarlyAnswers');

  constructor(
    private readonly headers: HotHeaders,
    private readonly ready: ReadyHeads,
    private readonly crossOrigin: CrossOrigin,
    private readonly clock: Clock,
    private readonly events: HttpEvents,
  ) {}

  send(early: Early, entry: PresentEntry, hit: HitHeaders): void {
    try {
      this.sendOrThrow(early, entry, hit);
    } catch (error) {
      // Above is the listener of all connections: what is thrown there ends the process, with every other answer.
      this.logger.error(`cannot send an early answer: ${error}`);
      early.response.destroy();
    }
  }

  private sendOrThrow(
    { request, response, route, arrivedAtMs }: Early,
    entry: PresentEntry,
    hit: HitHeaders,
  ): void {
    const { headers, method, url = '' } = request;
    const requestId = requestIdOf(headers['x-request-id']);
    const trace = headers['traceparent'] === undefined ? null : traceContextOf(headers['traceparent']);
    const origin = this.crossOrigin.of(headers.origin);
    const facts = { requestId, trace, origin, entry, hit, nowMs: arrivedAtMs };
    const unchanged = ifNoneMatchHolds(headers['if-none-match'], entry.etag);
    if (unchanged) response.writeHead(304, this.headers.of('bare', facts)).end();
    else this.sendWhole(response, facts, method === 'HEAD' ? '' : entry.body);
    const answered = method === 'HEAD' ? route.head : route.get;
    const seconds = (this.clock.nowMs() - arrivedAtMs) / 1_000;
    const traceId = trace?.traceId ?? null;
    const status = unchanged ? 304 : 200;
    this.events.answered(answered, status, seconds, requestId, url, traceId, null, hit.cacheStatus);
  }

  private sendWhole(response: ServerResponse, facts: AnswerFacts, body: string): void {
    if (this.ready.send(response, facts, body)) return;
    response.writeHead(200, this.headers.of('whole', facts));
    this.ready.learn(response, facts);
    response.end(body, 'latin1');
  }
}
