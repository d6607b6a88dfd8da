import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { NotFoundException, StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requestIdOf } from './request-log.js';

/** What requests of Fastify and of Express have in common. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: Record<string, string>;
  readonly query: Record<string, unknown>;
}

/** What replies of Fastify and responses of Express have in common: enough to answer an ordinary request. */
export interface HttpReply {
  status(code: number): unknown;
  header(name: string, value: unknown): unknown;
  getHeader(name: string): number | string | string[] | undefined;
}

/** What differs between the frameworks that Nest runs on. */
export abstract class Platform {
  /** Node's own object of a request. */
  abstract requestOf(request: HttpRequest): IncomingMessage;
  /** Node's own object of an answer. */
  abstract responseOf(reply: HttpReply): ServerResponse;
  abstract idOf(request: HttpRequest): string;
  /** The template of the route that has a request; undefined where there is no fast path that could learn it. */
  abstract templateOf(request: HttpRequest): string | undefined;
  /** Whether a route has the request for which something was thrown. */
  abstract isRouted(request: HttpRequest, thrown: unknown): boolean;
  /** What a method returns so that Nest sends these bytes and no others. */
  abstract body(bytes: Buffer): Buffer | StreamableFile;
  /** Ends an answer whose status and headers are set. */
  abstract end(reply: HttpReply, bytes: Buffer): void;
}

export class FastifyPlatform extends Platform {
  requestOf(request: HttpRequest): IncomingMessage {
    return fastifyRequest(request).raw;
  }

  responseOf(reply: HttpReply): ServerResponse {
    return fastifyReply(reply).raw;
  }

  idOf(request: HttpRequest): string {
    return fastifyRequest(request).id;
  }

  templateOf(request: HttpRequest): string | undefined {
    return fastifyRequest(request).routeOptions.url;
  }

  isRouted(request: HttpRequest): boolean {
    return !fastifyRequest(request).is404;
  }

  body(bytes: Buffer): Buffer {
    return bytes;
  }

  end(reply: HttpReply, bytes: Buffer): void {
    fastifyReply(reply).send(bytes);
  }
}

const fastifyRequest = (request: HttpRequest) => request as unknown as FastifyRequest;
const fastifyReply = (reply: HttpReply) => reply as unknown as FastifyReply;

/** Its requests and responses are Node's, with more methods. */
export class ExpressPlatform extends Platform {
  private readonly ids = new WeakMap<HttpRequest, string>();

  requestOf(request: HttpRequest): IncomingMessage {
    return request as unknown as IncomingMessage;
  }

  responseOf(reply: HttpReply): ServerResponse {
    return reply as unknown as ServerResponse;
  }

  idOf(request: HttpRequest): string {
    const id = this.ids.get(request) ?? requestIdOf(request);
    this.ids.set(request, id);
    return id;
  }

  templateOf(): undefined {
    return undefined;
  }

  isRouted(request: HttpRequest, thrown: unknown): boolean {
    const { route, originalUrl } = request as HttpRequest & { route?: unknown; originalUrl: string };
    if (route === undefined) return false;
    // Below a global prefix the address that no route has is a route, too: the one that throws this.
    const isNests =
      thrown instanceof NotFoundException && thrown.message === `Cannot ${request.method} ${originalUrl}`;
    return !isNests;
  }

  /** Anything else that is no text it would send as JSON. */
  body(bytes: Buffer): StreamableFile {
    return new StreamableFile(bytes);
  }

  /** By Node's own method: that of Express adds an entity tag, to a refusal as well. */
  end(reply: HttpReply, bytes: Buffer): void {
    this.responseOf(reply).setHeader('content-length', bytes.length).end(bytes);
  }
}
