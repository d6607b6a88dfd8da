import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { type CacheKey, Clock, type HotSlot, L1Tier, type Load } from '#libs/cache';
import { CacheEvents } from '#libs/cache/events';
import { oddityOf } from '#libs/http';
import { type AnsweredRoute, HttpEvents } from '#libs/http/events';
import { hasGuards } from '#libs/internals/nest';
import { asksForOrigin } from '../admission.js';
import { type CachedResourceOptions, type DirectCall, loadFrom } from '../cached-resource.js';
import { type Early, EarlyAnswers, HitHead } from './hot-answer.js';
import { type Loadable, WarmPath } from './warm-path.js';

/** A template whose one parameter is its last segment. */
const ONE_PARAMETER = /^((?:\/[\w.~-]+)+\/):(\w+)$/;

/** What is the same before and after decoding (RFC 3986 §2.3), and holds nothing that a router takes for its own. */
const PLAIN = /^[A-Za-z0-9._~-]+$/;

/** A marked route whose key follows from the request's path alone. */
class HotRoute {
  private constructor(
    readonly template: string,
    private readonly options: CachedResourceOptions<unknown>,
    private readonly prefix: string,
    private readonly parameter: string,
    /** The method, for a route whose method can be called without the router; null for any other. */
    private readonly call: DirectCall | null,
    /** How its answers are reported, by method. */
    readonly get: AnsweredRoute,
    readonly head: AnsweredRoute,
  ) {}

  /** @returns null where the key depends on more than one parameter of the path */
  static of(
    template: string,
    options: CachedResourceOptions<unknown>,
    events: HttpEvents,
    call: DirectCall | null = null,
  ): HotRoute | null {
    const [, prefix, parameter] = ONE_PARAMETER.exec(template) ?? [];
    if (prefix === undefined || parameter === undefined || options.group !== undefined) return null;
    return new HotRoute(
      template,
      options,
      prefix,
      parameter,
      call,
      events.route(template, 'GET'),
      events.route(template, 'HEAD'),
    );
  }

  matches(url: string): boolean {
    return url.startsWith(this.prefix);
  }

  /** The key that a matching address asks for; null where it is not as plain as it would have to be. */
  keyOf(url: string): CacheKey | null {
    const value = url.slice(this.prefix.length);
    return PLAIN.test(value) ? this.options.key({ [this.parameter]: value }, {}) : null;
  }

  /** Whether what it asks for can be loaded without the router. */
  get isLoadable(): boolean {
    return this.call !== null;
  }

  /** Loads what an address that has a key asks for; null if that is the router's to do. */
  loaderOf(url: string): Load | null {
    const { call, options } = this;
    if (call === null) return null;
    const params = { [this.parameter]: url.slice(this.prefix.length) };
    return () => loadFrom(options, () => call(params));
  }
}

/**
 * The routes that may be answered ahead of the router. Each is derived from the first request that went through the router
 * to a marked method: prefixes and versions of the application are in its template then, whatever they are made of.
 */
@Injectable()
export class HotRoutes {
  private list: readonly HotRoute[] = [];
  private readonly seen = new Map<string, CachedResourceOptions<unknown>>();
  /** The templates of all GET routes; one without a parameter is an address of its own. */
  private readonly templates = new Set<string>();

  constructor(
    host: HttpAdapterHost,
    private readonly events: HttpEvents,
  ) {
    // Before the first route: modules are made before Nest adds their controllers' routes. The router itself would have to
    // walk an address to say as much, and it is asked for every answer from Redis.
    const server = host.httpAdapter?.getInstance<Partial<FastifyInstance>>();
    // Express has no such hook, and no fast path.
    server?.addHook?.('onRoute', ({ url, method }: RouteOptions) => {
      if ([method].flat().includes('GET')) this.templates.add(url);
    });
  }

  of(url: string): HotRoute | undefined {
    for (const route of this.list) if (route.matches(url)) return route;
    return undefined;
  }

  /**
   * @param template as the router has it
   * @param method of the request
   * @param context of the method that was reached
   * @param callOf finds how the method is called without the router. Default: it is not
   */
  learn(
    options: CachedResourceOptions<unknown>,
    template: string | undefined,
    method: string,
    context: ExecutionContext,
    callOf: (context: ExecutionContext) => DirectCall | null = () => null,
  ): void {
    if (template === undefined || method !== 'GET') return;
    const known = this.seen.get(template);
    if (known === options) return;
    this.seen.set(template, options);
    // Two methods behind one template differ by something that is not in the path.
    if (known !== undefined) this.list = this.list.filter((route) => route.template !== template);
    else if (!isGuarded(context)) this.add(template, options, callOf(context));
  }

  /** Whether an address is a route of its own, such as `/articles/featured` beside `/articles/:slug`. */
  isOwnRoute(url: string): boolean {
    return this.templates.has(url);
  }

  private add(template: string, options: CachedResourceOptions<unknown>, call: DirectCall | null): void {
    const route = HotRoute.of(template, options, this.events, call);
    if (route !== null) this.list = [...this.list, route];
  }
}

/** What is answered ahead of a guard would be answered past it. */
const isGuarded = (context: ExecutionContext) =>
  hasGuards(context.getClass()) || hasGuards(context.getHandler());

/** Whether a request is a GET or HEAD whose headers ask for no more than the answer that lies ready. */
function isPlainRequest(request: IncomingMessage): boolean {
  const { method, headers } = request;
  return (
    // The router gives the 304 to a HEAD a length, and that to a GET none.
    (method === 'GET' || (method === 'HEAD' && headers['if-none-match'] === undefined)) &&
    headers.upgrade === undefined &&
    headers.expect === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    (headers['cache-control'] === undefined ||
      /* guard(fast-path-leaves-no-cache): true */ !asksForOrigin(headers['cache-control'])) &&
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
  private fromRedis(early: Loadable, key: CacheKey, url: string, router: RequestListener): boolean {
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
