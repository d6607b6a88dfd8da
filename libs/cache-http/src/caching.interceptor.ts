import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Cache } from '#libs/cache';
import { type HttpReply, type HttpRequest, Platform } from '#libs/http';
import { asksForOrigin, MissAdmission, OriginRequests } from './admission.js';
import { CACHED_RESOURCE, type CachedResourceOptions, DirectCalls, loadFrom } from './cached-resource.js';
import { HotRoutes } from './hot/hot-path.js';
import { WarmPath } from './hot/warm-path.js';
import { Representations } from './representations.js';
import { Responder } from './responder.js';

/** Answers a marked route from the cache; the controller's method is the loader of what no tier has. */
@Injectable()
export class CachingInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly cache: Cache,
    private readonly responder: Responder,
    private readonly representations: Representations,
    private readonly admission: MissAdmission,
    private readonly originRequests: OriginRequests,
    private readonly hotRoutes: HotRoutes,
    private readonly directCalls: DirectCalls,
    private readonly warmPath: WarmPath,
    private readonly platform: Platform,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const options = this.reflector.get<CachedResourceOptions<unknown>>(CACHED_RESOURCE, context.getHandler());
    const http = context.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const callOf = () => this.directCalls.of(context, CachingInterceptor);
    this.hotRoutes.learn(options, this.platform.templateOf(request), request.method, context, callOf);
    return from(this.answer(options, request, http.getResponse<HttpReply>(), next));
  }

  private async answer(
    options: CachedResourceOptions<unknown>,
    request: HttpRequest,
    reply: HttpReply,
    next: CallHandler,
  ): Promise<unknown> {
    const ownKey = options.key(request.params, request.query);
    if (ownKey === null) return lastValueFrom(next.handle());
    const group = options.group?.(request.params, request.query);
    const key = group === undefined ? ownKey : await this.cache.groups.keyWithin(group, ownKey);
    const load = () => loadFrom(options, () => lastValueFrom(next.handle()));
    const bypass = asksForOrigin(request.headers['cache-control']) && this.originRequests.admit(1);
    const read =
      this.warmPath.readOf(this.platform.requestOf(request)) ??
      (await this.cache.read(key, load, { bypass, admit: () => this.admission.admit(request) }));
    const { entry } = read;
    // Lists alone are long enough, and no list is answered ahead of the router.
    const isList = group !== undefined && entry.state === 'present';
    const body = this.responder.answer(reply, read, {
      bypass,
      ifNoneMatch: request.headers['if-none-match'],
      tags: group === undefined ? [ownKey] : [ownKey, group],
      ...(isList && { representation: await this.representations.choose(request, reply, entry) }),
    });
    if (entry.state === 'absent') throw absent(options, request.params);
    return body;
  }
}

function absent(options: CachedResourceOptions<unknown>, params: Record<string, string>): Error {
  return options.absentError?.(params) ?? new Error('an absent entry of a resource that is always there');
}

/** Marks a controller's method as answered through the cache. The method itself knows nothing of it. */
export function CachedResource<T>(options: CachedResourceOptions<T>): MethodDecorator {
  return applyDecorators(SetMetadata(CACHED_RESOURCE, options), UseInterceptors(CachingInterceptor));
}
