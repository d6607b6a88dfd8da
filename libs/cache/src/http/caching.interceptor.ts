import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { CacheKey } from '../entry/entry.js';
import { GroupGenerations } from '../groups/group-generations.js';
import type { CacheRead } from '../read/cache-read.js';
import { CacheReader } from '../read/cache-reader.js';
import type { Load, Loaded } from '../read/loaded.js';
import { isOverloaded } from '../read/overloaded.js';
import { CACHED_RESOURCE, type CachedResourceOptions } from './cached-resource-options.js';
import { loadedOf } from './loaded-of.js';
import { MissGate } from './miss-gate.js';
import { Responder } from './responder.js';

type Request = FastifyRequest<{ Params: Record<string, string> }>;

interface Miss {
  readonly key: CacheKey;
  readonly load: Load;
  /** The client asked past the cache. */
  readonly bypass: boolean;
}

/** Answers a marked route from the cache; the controller's method is the loader of what no tier has. */
@Injectable()
export class CachingInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly reader: CacheReader,
    private readonly groups: GroupGenerations,
    private readonly responder: Responder,
    private readonly missGate: MissGate,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const options = this.reflector.get<CachedResourceOptions<unknown>>(CACHED_RESOURCE, context.getHandler());
    const http = context.switchToHttp();
    return from(this.answer(options, http.getRequest<Request>(), http.getResponse<FastifyReply>(), next));
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
    const load = () => this.load(options, next);
    const bypass = asksForSource(request.headers['cache-control']);
    let read = bypass ? null : this.reader.fromMemory(key, load);
    if (read === null) {
      read = await this.readBeyondMemory({ key, load, bypass }, request);
    }
    const answer = this.responder.answer(read, { bypass, ifNoneMatch: request.headers['if-none-match'] });
    reply.headers(answer.headers);
    if (answer.kind === 'absent') throw absent(options, request.params);
    reply.code(answer.kind === 'not-modified' ? 304 : 200);
    return answer.kind === 'not-modified' ? undefined : answer.body;
  }

  private async readBeyondMemory({ key, load, bypass }: Miss, request: Request): Promise<CacheRead> {
    try {
      // Every way past memory leads by the gate, the one that a client asks for too.
      await this.missGate.admit(request);
    } catch (error) {
      // What memory keeps costs a comparison, and no load: a process that is too busy to hear of changes trusts nothing for
      // long, and would refuse its hottest keys first.
      if (bypass || !isOverloaded(error) || !this.reader.keeps(key)) throw error;
    }
    return bypass ? this.reader.readSource(key, load) : this.reader.beyondMemory(key, load);
  }

  private async load(options: CachedResourceOptions<unknown>, next: CallHandler): Promise<Loaded> {
    try {
      return loadedOf(options, await lastValueFrom(next.handle()));
    } catch (error) {
      if (options.isAbsent?.(error)) return { state: 'absent', version: 0 };
      throw error;
    }
  }
}

/** `no-cache` as a request directive (RFC 9111 §5.2.1.4): do not answer from a stored response. */
function asksForSource(cacheControl: string | undefined): boolean {
  return cacheControl !== undefined && /(?:^|[\s,])no-cache(?:$|[\s,])/i.test(cacheControl);
}

function absent(options: CachedResourceOptions<unknown>, params: Record<string, string>): Error {
  return options.absentError?.(params) ?? new Error('an absent entry of a resource that is always there');
}
