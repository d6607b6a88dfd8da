import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { GroupGenerations } from '../groups/group-generations.js';
import { CacheReader } from '../read/cache-reader.js';
import { asksForSource } from './asks-for-source.js';
import { beyondMemory } from './beyond-memory.js';
import { CACHED_RESOURCE, type CachedResourceOptions } from './cached-resource-options.js';
import { HotRoutes } from './hot/hot-routes.js';
import { loadFrom } from './load-from.js';
import { MissGate } from './miss-gate.js';
import { Responder } from './responder.js';
import { setHeaders } from './set-headers.js';

type Request = FastifyRequest<{ Params: Record<string, string> }>;

/** Answers a marked route from the cache; the controller's method is the loader of what no tier has. */
@Injectable()
export class CachingInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly reader: CacheReader,
    private readonly groups: GroupGenerations,
    private readonly responder: Responder,
    private readonly missGate: MissGate,
    private readonly hotRoutes: HotRoutes,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const options = this.reflector.get<CachedResourceOptions<unknown>>(CACHED_RESOURCE, context.getHandler());
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    this.hotRoutes.learn(options, request.routeOptions.url, request.method, context);
    return from(this.answer(options, request, http.getResponse<FastifyReply>(), next));
  }

  private async answer(
    options: CachedResourceOptions<unknown>,
    request: Request,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const ownKey = options.key(request.params);
    if (ownKey === null) return lastValueFrom(next.handle());
    const group = options.group?.(request.params);
    const key = group === undefined ? ownKey : await this.groups.keyWithin(group, ownKey);
    const load = () => loadFrom(options, () => lastValueFrom(next.handle()));
    const bypass = asksForSource(request.headers['cache-control']);
    const read =
      (bypass ? null : this.reader.fromMemory(key, load)) ??
      (await beyondMemory(this.reader, { key, load, bypass }, () => this.missGate.admit(request)));
    const answer = this.responder.answer(read, { bypass, ifNoneMatch: request.headers['if-none-match'] });
    setHeaders(reply, answer.headers);
    if (answer.kind === 'absent') throw absent(options, request.params);
    reply.code(answer.kind === 'not-modified' ? 304 : 200);
    return answer.kind === 'not-modified' ? undefined : answer.body;
  }
}

function absent(options: CachedResourceOptions<unknown>, params: Record<string, string>): Error {
  return options.absentError?.(params) ?? new Error('an absent entry of a resource that is always there');
}
