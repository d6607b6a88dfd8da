import { type ExecutionContext, Injectable } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { CacheKey, Load } from '#libs/cache';
import { type AnsweredRoute, HttpEvents } from '#libs/http/events';
import { type CachedResourceOptions, loadFrom } from '../cached-resource.js';
import type { DirectCall } from './direct-calls.js';

/** A template whose one parameter is its last segment. */
const ONE_PARAMETER = /^((?:\/[\w.~-]+)+\/):(\w+)$/;

/** What is the same before and after decoding (RFC 3986 §2.3), and holds nothing that a router takes for its own. */
const PLAIN = /^[A-Za-z0-9._~-]+$/;

/** A marked route whose key follows from the request's path alone. */
export class HotRoute {
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
function isGuarded(context: ExecutionContext): boolean {
  const targets = [context.getClass(), context.getHandler()];
  return targets.some((target) => Reflect.hasMetadata(GUARDS_METADATA, target));
}
