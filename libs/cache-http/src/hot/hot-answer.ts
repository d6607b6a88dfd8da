import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { Clock, type EntryTimes, type PresentEntry } from '#libs/cache';
import {
  ConstantHeaders,
  CrossOrigin,
  HttpEvents,
  ifNoneMatchHolds,
  NO_ORIGIN,
  type OriginHeaders,
  requestIdOf,
  type TraceContext,
  traceContextOf,
} from '#libs/http';
import type { AnsweredRoute } from '#libs/http/events';
import { COMPOSED_HEAD, type Composed } from '#libs/internals';
import {
  ageSeconds,
  BODY_HEADERS,
  cacheStatus,
  EntryHeaders,
  type Served,
  ttlSeconds,
} from '../responder.js';

/** The header values of a hit that change with the seconds. */
export interface HitHeaders {
  readonly cacheStatus: string;
  readonly age: string;
  /** All headers about the entry as lines, once they were composed. */
  lines: string | null;
}

/** Those of an answer that is sent once. */
export function headOf(read: Served, nowMs: number): HitHeaders {
  return {
    cacheStatus: cacheStatus(read, false, nowMs),
    age: String(ageSeconds(read.entry, nowMs)),
    lines: null,
  };
}

/**
 * The header values of a hit in L1 that change with the seconds. They are made once for each second in which the
 * entry is asked for, and not once for each answer.
 */
export class HitHead implements HitHeaders {
  cacheStatus = '';
  age = '';
  lines: string | null = null;
  private verified = true;
  private untilMs = Number.NEGATIVE_INFINITY;

  /** Brings the values up to a moment. */
  update(nowMs: number, entry: EntryTimes, verified: boolean): void {
    if (nowMs < this.untilMs && verified === this.verified) return;
    const left = ttlSeconds(entry, nowMs, true);
    const age = ageSeconds(entry, nowMs);
    this.cacheStatus = cacheStatus({ servedFrom: 'l1', entry, verified }, false, nowMs);
    this.age = String(age);
    this.lines = null;
    this.verified = verified;
    this.untilMs = Math.min(entry.freshUntilMs - (left - 0.5) * 1_000, entry.loadedAtMs + (age + 1) * 1_000);
  }
}

/**
 * Header lines as they are sent.
 *
 * @param list names and values in turn
 */
function headLines(list: readonly string[]): string {
  // Joined, they are one run of bytes. Added up, they would be a tree of pieces, walked again at every write.
  const lines: string[] = [];
  for (let at = 0; at < list.length; at += 2) lines.push(`${list[at]}: ${list[at + 1]}\r\n`);
  return lines.join('');
}

/** Which head is sent: with a body to come, or with none (304). */
export type HeadKind = 'whole' | 'bare';

/** The facts that the headers of an answer state. */
export interface AnswerFacts {
  readonly requestId: string;
  readonly trace: TraceContext | null;
  /** Sent to pages of the origin that the request names. */
  readonly origin: OriginHeaders;
  readonly entry: PresentEntry;
  readonly hit: HitHeaders;
  readonly nowMs: number;
}

/** The headers of what is answered ahead of the router, in the router's order. */
@Injectable()
export class HotHeaders {
  /** What all answers have in common, as text. */
  readonly constantLines: string;
  private readonly constants: readonly string[];

  constructor(
    constants: ConstantHeaders,
    private readonly entries: EntryHeaders,
  ) {
    this.constants = constants.list.flat();
    this.constantLines = headLines(this.constants);
  }

  /** Names and values in turn. A trace is named after what all answers have in common, as in the router's answers. */
  of(kind: HeadKind, { requestId, trace, origin, entry, hit }: AnswerFacts): string[] {
    const traced = trace === null ? [] : ['traceparent', trace.traceparent];
    const common = ['x-request-id', requestId, ...this.constants, ...origin.list];
    return [...common, ...traced, ...this.ofEntry(kind, entry, hit)];
  }

  /** The headers of the entry and of its body, as text. */
  linesOf(entry: PresentEntry, hit: HitHeaders): string {
    return headLines(this.ofEntry('whole', entry, hit));
  }

  private ofEntry(kind: HeadKind, entry: PresentEntry, { cacheStatus, age }: HitHeaders): string[] {
    const headers = this.entries.of(entry, cacheStatus, age, entry.etag, [entry.key]);
    if (kind === 'whole') headers.push(...BODY_HEADERS, 'content-length', `${entry.body.length}`);
    return headers;
  }
}

const STATUS_LINE = 'HTTP/1.1 200 OK\r\n';

/**
 * Heads of whole answers as text. Node composes the head of each answer again: it checks each name and value, compares each
 * with those that mean something to it, and strings them together, though all but a few are those of the answer before. So
 * one answer of each second is Node's own work, and the others of that second take over what it added: the date, and
 * how the connection goes on.
 */
@Injectable()
export class ReadyHeads {
  private tail = '';
  private untilMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly headers: HotHeaders) {}

  /** @returns whether it was sent */
  send(response: ServerResponse & Composed, facts: AnswerFacts, body: string): boolean {
    if (facts.nowMs >= this.untilMs || facts.trace !== null || !goesOn(response)) return false;
    // The body goes along: Node then has one text to write, and not two to join.
    response[COMPOSED_HEAD] = this.ownText(facts) + this.tail + body;
    response.end();
    return true;
  }

  /**
   * Takes over what Node made of a head, once it was composed, until the second is over. A Node that keeps the text elsewhere, or
   * composes it in another way, goes on to do so for every answer.
   */
  learn(response: ServerResponse & Composed, facts: AnswerFacts): void {
    // Looked at first: a client that closes after each answer would have every head made twice.
    if (!goesOn(response)) return;
    const composed = response[COMPOSED_HEAD];
    const own = this.ownText(facts);
    if (typeof composed !== 'string' || !composed.startsWith(own)) return;
    this.tail = composed.slice(own.length);
    this.untilMs = facts.nowMs + 1_000 - (Date.now() % 1_000);
  }

  private ownText({ requestId, origin, entry, hit }: AnswerFacts): string {
    hit.lines ??= this.headers.linesOf(entry, hit);
    return `${STATUS_LINE}x-request-id: ${requestId}\r\n${this.headers.constantLines}${origin.lines}${hit.lines}`;
  }
}

/** The connection stays open after this answer, and no header says otherwise: as with the answer that was copied. */
function goesOn(response: ServerResponse & { readonly maxRequestsOnConnectionReached?: boolean }): boolean {
  return (
    response.shouldKeepAlive &&
    response.maxRequestsOnConnectionReached !== true &&
    !response.hasHeader('connection')
  );
}

/** A request that is answered ahead of the router. */
export interface Early {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** How answers of its route are reported, by method. */
  readonly route: { readonly get: AnsweredRoute; readonly head: AnsweredRoute };
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
    const requestId = requestIdOf(request);
    const trace = headers['traceparent'] === undefined ? null : traceContextOf(headers['traceparent']);
    const origin = headers.origin === undefined ? NO_ORIGIN : this.crossOrigin.of(headers.origin);
    const facts = { requestId, trace, origin, entry, hit, nowMs: arrivedAtMs };
    const tags = headers['if-none-match'];
    const unchanged = tags !== undefined && ifNoneMatchHolds(tags, entry.etag);
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
