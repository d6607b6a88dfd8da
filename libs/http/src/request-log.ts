import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import { LogConfig } from '#libs/config';
import type { ProblemCode } from '#libs/errors';
import { RequestContext, requestFieldsOf } from '#libs/logging';
import { type AnsweredRoute, HttpEvents } from './events.js';
import { REFUSED, SampleRate, shareOf } from './log-sampling.js';

const SANE = /^[\x21-\x7e]{1,128}$/;

/** Random once a process: ids of two processes never meet, and an id costs a counter instead of a UUID. */
const PROCESS_PREFIX = randomBytes(9).toString('base64url');
let counter = 0;

/**
 * The id under which a request is logged and answered: the client's own, so that its trace goes on, where it is
 * 1–128 visible ASCII characters; a new one otherwise, since an arbitrary header value is a way to forge log lines.
 *
 * @param request whose `X-Request-ID` is taken over
 */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const offered = headers['x-request-id'];
  if (typeof offered === 'string' && SANE.test(offered)) return offered;
  counter += 1;
  return `${PROCESS_PREFIX}-${counter.toString(36)}`;
}

const times = new WeakMap<IncomingMessage, number>();

/**
 * Notes that a request was under way before the router got it, so that its time is measured whole.
 *
 * @param ms since it arrived, in milliseconds
 */
export function addEarlyTime(request: IncomingMessage, ms: number): void {
  times.set(request, ms);
}

const codes = new WeakMap<ServerResponse, ProblemCode>();

/** Notes that an answer is a problem, for metrics and logs. */
export function noteProblem(response: ServerResponse, code: ProblemCode): void {
  codes.set(response, code);
}

/** An answer of this type lasts as long as its client wants: it is neither measured nor logged. */
const EVENT_STREAM = /^text\/event-stream\b/;

/** The label of every address without a route: an attacker's paths must not become labels. */
const UNMATCHED = 'unmatched';

/** Emits each answer that the router gives. To be called before any route is added. */
export function emitAnswers(fastify: FastifyInstance, events: HttpEvents): void {
  events.endpoint(UNMATCHED);
  fastify.addHook('onRoute', ({ url }) => events.endpoint(url));
  fastify.addHook('onResponse', (request, reply, done) => {
    // How long a page stays open says nothing about the service.
    if (EVENT_STREAM.test(String(reply.getHeader('content-type')))) return done();
    const endpoint = request.is404 ? UNMATCHED : (request.routeOptions.url ?? UNMATCHED);
    const route = events.route(endpoint, request.method);
    const seconds = (reply.elapsedTime + (times.get(request.raw) ?? 0)) / 1_000;
    const code = reply.statusCode < 400 ? null : (codes.get(reply.raw) ?? null);
    const cacheStatus = reply.getHeader('cache-status');
    const known = typeof cacheStatus === 'string' ? cacheStatus : null;
    events.answered(route, reply.statusCode, seconds, request.id, request.url, null, code, known);
    done();
  });
}

/** The first sum comes after this long; while refusals go on, each is of twice the time of the one before, up to the longest. */
const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;

/** The refusals with one code since the last line about it. */
export interface Refusals {
  readonly code: string;
  readonly answers: number;
  readonly seconds: number;
}

interface Window {
  readonly sinceMs: number;
  readonly ms: number;
  readonly timer: NodeJS.Timeout;
  answers: number;
}

/** Counts temporary refusals by problem code: one line stands for all that were not logged. */
class RefusalSummary {
  private readonly windows = new Map<string, Window>();
  private ended = false;

  /** @param report called with a sum above 0 */
  constructor(private readonly report: (refusals: Refusals) => void) {}

  /** @returns whether it is the first one for some time, to be logged itself */
  count(code: string): boolean {
    const window = this.windows.get(code);
    if (window !== undefined) window.answers += 1;
    else if (!this.ended) this.open(code, FIRST_MS);
    return window === undefined;
  }

  /** Reports the counts so far, as the process ends. */
  end(): void {
    this.ended = true;
    for (const [code, window] of this.windows) {
      clearTimeout(window.timer);
      this.sum(code, window);
    }
    this.windows.clear();
  }

  private open(code: string, ms: number): void {
    const timer = setTimeout(() => this.close(code), ms).unref();
    this.windows.set(code, { sinceMs: performance.now(), ms, timer, answers: 0 });
  }

  private close(code: string): void {
    const window = this.windows.get(code);
    this.windows.delete(code);
    if (window === undefined || window.answers === 0) return;
    this.sum(code, window);
    this.open(code, Math.min(window.ms * 2, LONGEST_MS));
  }

  private sum(code: string, { answers, sinceMs }: Window): void {
    if (answers === 0) return;
    this.report({ code, answers, seconds: Math.round((performance.now() - sinceMs) / 100) / 10 });
  }
}

const STATUS_PARTS = /(?:; ttl=(-?\d+))?; detail=([\w-]+)$/;

/** `l1`, `redis` or `origin`, and whether it was stale: the part of `Cache-Status` by which lines are searched. */
export function cacheOutcomeOf(cacheStatus: string): string {
  const [, ttl = '', servedFrom] = STATUS_PARTS.exec(cacheStatus) ?? [];
  if (servedFrom === undefined) return 'none';
  return ttl.startsWith('-') ? `${servedFrom} stale` : servedFrom;
}

/** Probes and scrapes that succeed come every few seconds: they would bury the other lines. */
const ROUTINE = /^\/(?:health|metrics)\b/;

/**
 * One line for each logged answer: the fields that an operator searches by, and no secret of the client. Refusals
 * have one line when they begin, and one for the sum of those that follow.
 */
@Injectable()
export class RequestLog implements OnApplicationShutdown {
  /** A request sets its timers; the sum must not carry the id of that request. */
  private readonly refusals = new RefusalSummary((refusals) =>
    this.context.outside(() => this.writeSum(refusals)),
  );

  constructor(
    private readonly logger: PinoLogger,
    private readonly context: RequestContext,
    private readonly config: LogConfig,
    events: HttpEvents,
  ) {
    logger.setContext('Request');
    const rate = new SampleRate(config);
    const { slowMs } = config;
    events.onAnswered((route, status, seconds, requestId, url, traceId, code, cacheStatus) => {
      const ms = Math.round(seconds * 1e6) / 1e3;
      const beginsRefusals =
        status === REFUSED && !ROUTINE.test(route.endpoint) && this.refusals.count(code ?? 'UNKNOWN');
      const sampleRate = rate.next();
      const share = beginsRefusals ? 1 : shareOf({ status, ms }, { slowMs, sampleRate });
      if (Math.random() >= share) return;
      const { endpoint, method } = route;
      const line = {
        method,
        endpoint,
        path: url.split('?', 1)[0],
        status,
        ...(code !== null && { code }),
        ms,
        ...(cacheStatus !== null && { cache: cacheOutcomeOf(cacheStatus) }),
        // A line stands for this many to the minus one.
        sampleRate: share,
      };
      context.within(requestFieldsOf(requestId, traceId), () => this.write(line, route));
    });
  }

  onApplicationShutdown(): void {
    this.refusals.end();
  }

  private write(line: { readonly status: number; readonly ms: number }, { endpoint }: AnsweredRoute): void {
    if (line.status >= 500) this.logger.error(line, 'answered');
    else if (line.ms >= this.config.slowMs) this.logger.warn(line, 'answered');
    else if (ROUTINE.test(endpoint)) this.logger.debug(line, 'answered');
    else this.logger.info(line, 'answered');
  }

  private writeSum({ code, answers, seconds }: Refusals): void {
    const line = { status: REFUSED, code, answers, seconds };
    this.logger.error(line, `${answers} more requests answered ${REFUSED} (${code}) in ${seconds} s`);
  }
}
