import { type ExecutionContext, Injectable } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { HttpEvents } from '#libs/http/events';
import type { CachedResourceOptions } from '../cached-resource-options.js';
import { HotRoute } from './hot-route.js';

/**
 * The routes that may be answered ahead of the router. Each is learnt from the first request that went through the router
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
    const server = host.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('onRoute', ({ url, method }: RouteOptions) => {
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
   */
  learn(
    options: CachedResourceOptions<unknown>,
    template: string | undefined,
    method: string,
    context: ExecutionContext,
  ): void {
    if (template === undefined || method !== 'GET') return;
    const known = this.seen.get(template);
    if (known === options) return;
    this.seen.set(template, options);
    // Two methods behind one template are told apart by something that the path does not tell.
    if (known !== undefined) this.list = this.list.filter((route) => route.template !== template);
    else if (!isGuarded(context)) this.add(template, options);
  }

  /** Whether an address is a route of its own, such as `/products/featured` beside `/products/:id`. */
  isOwnRoute(url: string): boolean {
    return this.templates.has(url);
  }

  private add(template: string, options: CachedResourceOptions<unknown>): void {
    const route = HotRoute.of(template, options, this.events);
    if (route !== null) this.list = [...this.list, route];
  }
}

/** What is answered ahead of a guard would be answered past it. */
function isGuarded(context: ExecutionContext): boolean {
  const targets = [context.getClass(), context.getHandler()];
  return targets.some((target) => Reflect.hasMetadata(GUARDS_METADATA, target));
}
