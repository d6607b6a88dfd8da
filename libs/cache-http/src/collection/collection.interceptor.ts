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
import type { HttpReply, HttpRequest } from '#libs/http';
import { asksForOrigin, MissAdmission, OriginRequests } from '../admission.js';
import { Representations } from '../representations.js';
import { Responder } from '../responder.js';
import {
  CACHED_COLLECTION,
  type CachedCollectionOptions,
  type CollectionRead,
  CollectionReader,
  compose,
  DEFAULT_PARAM,
  type FoundMembers,
  itemsBody,
} from './collection-reader.js';

type Options = CachedCollectionOptions<unknown, unknown>;

/** Answers a marked route with the things that the controller's method selects, from the cache. */
@Injectable()
export class CollectionInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly collections: CollectionReader,
    private readonly admission: MissAdmission,
    private readonly originRequests: OriginRequests,
    private readonly responder: Responder,
    private readonly representations: Representations,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const options = this.reflector.get<Options>(CACHED_COLLECTION, context.getHandler());
    const http = context.switchToHttp();
    return from(this.answer(options, http.getRequest<HttpRequest>(), http.getResponse<HttpReply>(), next));
  }

  private async answer(
    options: Options,
    request: HttpRequest,
    reply: HttpReply,
    next: CallHandler,
  ): Promise<unknown> {
    const selection = await lastValueFrom(next.handle());
    const asksOrigin = asksForOrigin(request.headers['cache-control']);
    const read = await this.collections.read(options, selection, {
      bypass: (parts) => asksOrigin && this.originRequests.admit(parts),
      admit: this.admissionFor(request),
    });
    const found = foundIn(read);
    const body = itemsBody(bodiesIn(read), options.rest(selection, found));
    const composed = compose(partsOf(read), body);
    const representation = await this.representations.choose(request, reply, {
      etag: composed.entry.etag,
      body,
    });
    const { 'if-none-match': ifNoneMatch } = request.headers;
    const follower = options.next(selection, found);
    if (follower !== null) reply.header('link', `<${follower}>; rel="next"`);
    return this.responder.answer(reply, composed, { bypass: asksOrigin, ifNoneMatch, representation });
  }

  /** However many parts L1 lacks, the request is one. */
  private admissionFor(request: HttpRequest): () => Promise<void> {
    let admitted: Promise<void> | undefined;
    return () => {
      admitted ??= this.admission.admit(request);
      return admitted;
    };
  }
}

function foundIn({ list, members }: CollectionRead): FoundMembers {
  return { list, missing: members.filter(({ read }) => read.entry.state === 'absent').map(({ id }) => id) };
}

function bodiesIn({ members }: CollectionRead): string[] {
  return members.flatMap(({ read: { entry } }) => (entry.state === 'present' ? [entry.body] : []));
}

function partsOf({ listRead, members }: CollectionRead) {
  return [...(listRead === null ? [] : [listRead]), ...members.map(({ read }) => read)];
}

/**
 * Marks a controller's method, which selects things, as answered with them through the cache.
 *
 * @throws Error at the start, where the members' key does not read the parameter that holds their ids: it would be null
 *   for each of them, and every answer an empty list
 */
export function CachedCollection<S, T>(options: CachedCollectionOptions<S, T>): MethodDecorator {
  const { param = DEFAULT_PARAM, member } = options;
  const read = paramsRead(member.key);
  if (!read.includes(param)) {
    const advice = read.length === 0 ? 'It reads none' : `Set \`param: '${read[0]}'\``;
    throw new Error(
      `@CachedCollection: the key of its member does not read the parameter \`${param}\`. ${advice}.`,
    );
  }
  return applyDecorators(SetMetadata(CACHED_COLLECTION, options), UseInterceptors(CollectionInterceptor));
}

/** The names of the parameters that a key is made of. */
function paramsRead(key: CachedCollectionOptions<unknown, unknown>['member']['key']): string[] {
  const names: string[] = [];
  const params = new Proxy<Record<string, string>>(
    {},
    {
      get: (_target, name) => {
        names.push(String(name));
        return 'x';
      },
    },
  );
  try {
    key(params, {});
  } catch {
    // A key that objects to this value has read it.
  }
  return names;
}
