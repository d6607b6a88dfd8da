import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { asksForSource } from '../asks-for-source.js';
import { MissGate } from '../miss-gate.js';
import { Responder } from '../responder.js';
import { setHeaders } from '../set-headers.js';
import {
  CACHED_COLLECTION,
  type CachedCollectionOptions,
  type FoundMembers,
} from './cached-collection-options.js';
import { type CollectionRead, CollectionReader } from './collection-reader.js';
import { compose, itemsBody } from './compose.js';

type Options = CachedCollectionOptions<unknown, unknown>;

/** Answers a marked route with the things that the controller's method selects, from the cache. */
@Injectable()
export class CollectionInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly collections: CollectionReader,
    private readonly missGate: MissGate,
    private readonly responder: Responder,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const options = this.reflector.get<Options>(CACHED_COLLECTION, context.getHandler());
    const http = context.switchToHttp();
    return from(
      this.answer(options, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), next),
    );
  }

  private async answer(
    options: Options,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<Buffer | undefined> {
    const selection = await lastValueFrom(next.handle());
    const bypass = asksForSource(request.headers['cache-control']);
    const read = await this.collections.read(options, selection, { bypass, admit: this.gateFor(request) });
    const found = foundIn(read);
    const body = itemsBody(bodiesIn(read), options.rest(selection, found));
    const answer = this.responder.answer(compose(partsOf(read), body), {
      bypass,
      ifNoneMatch: request.headers['if-none-match'],
    });
    const follower = options.next(selection, found);
    if (follower !== null) reply.header('link', `<${follower}>; rel="next"`);
    setHeaders(reply, answer.headers);
    reply.code(answer.kind === 'body' ? 200 : 304);
    return answer.kind === 'body' ? answer.body : undefined;
  }

  /** However many parts memory lacks, the request is one. */
  private gateFor(request: FastifyRequest): () => Promise<void> {
    let admitted: Promise<void> | undefined;
    return () => {
      admitted ??= this.missGate.admit(request);
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
