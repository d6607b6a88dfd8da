import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Injectable,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  PROBLEM_MEDIA_TYPE,
  type ProblemCode,
  ProblemError,
  type ProblemOptions,
  toProblemBody,
} from '#libs/errors';
import { answerUnderWay } from '#libs/internals';
import type { HeaderList } from './answer-headers.js';
import { LINGER_MS } from './connection-ends.js';
import { type HttpReply, type HttpRequest, Platform } from './platform.js';
import { noteProblem, requestIdOf } from './request-log.js';

/** For refusals of the parser, Fastify or its router. */
const CODE_OF_STATUS: Partial<Record<number, ProblemCode>> = {
  400: 'REQUEST_INVALID',
  404: 'ROUTE_NOT_FOUND',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  431: 'HEADERS_TOO_LARGE',
};

/** For exceptions of a controller, a guard or a pipe: by the status of Nest's exceptions. */
const CODE_OF_EXCEPTION: Partial<Record<number, ProblemCode>> = {
  ...CODE_OF_STATUS,
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  409: 'CONFLICT',
  410: 'GONE',
  412: 'PRECONDITION_FAILED',
  422: 'UNPROCESSABLE',
  428: 'PRECONDITION_REQUIRED',
  429: 'RATE_LIMITED',
  501: 'NOT_IMPLEMENTED',
  502: 'UPSTREAM_FAILED',
  503: 'UNAVAILABLE',
  504: 'UPSTREAM_TIMEOUT',
};

/** Sentences of our own: a framework's message may quote the request, a path or a version. */
const DETAIL_OF_CODE: Partial<Record<ProblemCode, string>> = {
  REQUEST_INVALID: 'The request line, a header or the body cannot be read.',
  ROUTE_NOT_FOUND: 'No route of this service has this address.',
  REQUEST_TIMEOUT: 'The request did not arrive in time.',
  BODY_TOO_LARGE: 'The body is larger than this service takes.',
  URI_TOO_LONG: 'The address is longer than this service takes.',
  MEDIA_TYPE_UNSUPPORTED: 'Send the body as application/json.',
  HEADERS_TOO_LARGE: 'The headers are larger than this service takes.',
  NOT_IMPLEMENTED: 'The service does not do this yet.',
  UPSTREAM_FAILED: 'A service that this one depends on failed.',
  UNAVAILABLE: 'Try again in a moment.',
  UPSTREAM_TIMEOUT: 'A service that this one depends on did not answer in time.',
};

const RETRY_AFTER_SECONDS = 1;

/** Headers that RFC 9110 demands beside a status (§11.6.1), or that a client needs to go on. */
const BESIDE: Partial<Record<ProblemCode, Partial<ProblemOptions>>> = {
  UNAUTHENTICATED: { headers: { 'www-authenticate': 'Bearer realm="hotshelf"' } },
  RATE_LIMITED: { retryAfterSeconds: RETRY_AFTER_SECONDS },
  UNAVAILABLE: { retryAfterSeconds: RETRY_AFTER_SECONDS },
};

/**
 * A thrown value as a problem that may be shown. The value itself stays in `cause`.
 *
 * @param isRouted whether a route has the request: Nest's exception for an unknown address looks like a controller's
 *   own `NotFoundException`
 */
export function toProblem(thrown: unknown, isRouted: boolean): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  if (isRouted && thrown instanceof HttpException) return problemOf(thrown);
  const code = CODE_OF_STATUS[statusOf(thrown) ?? 500] ?? 'INTERNAL';
  const detail = DETAIL_OF_CODE[code] ?? 'Something failed that should not have. It was logged.';
  return new ProblemError(code, { detail, cause: thrown });
}

/**
 * Below 500 the exception's own words are for the client; from 500 on they may name internals. Nest turns a refusal of
 * Fastify for a routed request into a plain `HttpException`, whose words are Fastify's.
 */
function problemOf(exception: HttpException): ProblemError {
  const status = exception.getStatus();
  const known = CODE_OF_EXCEPTION[status];
  const isRefusal = status >= 400 && status < 500;
  const code = known ?? (isRefusal ? 'REQUEST_REFUSED' : 'INTERNAL');
  const isFastifys = exception.constructor === HttpException && status !== 404 && status in CODE_OF_STATUS;
  const detail =
    isRefusal && !isFastifys
      ? wordsOf(exception)
      : (DETAIL_OF_CODE[code] ?? 'Something failed that should not have. It was logged.');
  return new ProblemError(code, {
    detail,
    cause: exception,
    ...(code === 'REQUEST_REFUSED' && { status }),
    ...BESIDE[code],
  });
}

/** A validation pipe gives a list of them. */
function wordsOf(exception: HttpException): string {
  const response = exception.getResponse();
  const message = typeof response === 'object' && 'message' in response ? response.message : response;
  return Array.isArray(message)
    ? message.join('; ')
    : typeof message === 'string'
      ? message
      : exception.message;
}

/** Nest's exceptions and Fastify's own errors both carry the status that they stand for. */
function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (thrown instanceof Error && 'statusCode' in thrown) return Number(thrown.statusCode);
  return undefined;
}

/** Ends a request with a problem document (RFC 9457). */
export function sendProblem(
  problem: ProblemError,
  request: HttpRequest,
  reply: HttpReply,
  platform: Platform,
): void {
  const requestId = platform.idOf(request);
  noteProblem(platform.responseOf(reply), problem.code);
  for (const [name, value] of Object.entries(problem.headers)) reply.header(name, value);
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
  if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'no-store');
  reply.status(problem.definition.status);
  reply.header('x-request-id', requestId);
  reply.header('content-type', PROBLEM_MEDIA_TYPE);
  platform.end(reply, Buffer.from(JSON.stringify(toProblemBody(problem, requestId))));
}

/** Answers everything that a route or a guard throws. A client sees a problem; the log sees the cause. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problems');

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly platform: Platform,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const reply = http.getResponse<HttpReply>();
    const problem = toProblem(thrown, this.platform.isRouted(request, thrown));
    if (problem.code === 'INTERNAL') this.logger.error({ err: problem.cause }, 'a request failed');
    // The client may already have an answer, or be gone.
    if (this.host.httpAdapter.isHeadersSent(reply)) return;
    sendProblem(problem, request, reply, this.platform);
  }
}

const UNREADABLE = {
  code: 'REQUEST_INVALID',
  detail: 'This is not an HTTP request that can be read.',
} as const;

const PROBLEM_OF: Readonly<Record<string, { code: ProblemCode; detail: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'REQUEST_TIMEOUT', detail: 'The request did not arrive in time.' },
  HPE_HEADER_OVERFLOW: { code: 'HEADERS_TOO_LARGE', detail: 'Send shorter headers, or a shorter address.' },
};

/**
 * Answers a request that Node's HTTP parser refused; then the connection is closed. The answers to the requests before
 * it come first: a client that gets the refusal instead of one of them takes a change that was made for one that was
 * not.
 *
 * @param headers those of every answer
 */
export function clientErrorHandler(headers: HeaderList) {
  const refused = new WeakSet<Socket>();
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    // Node reports every further chunk again.
    if (refused.has(socket)) return;
    refused.add(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const { code, detail } = PROBLEM_OF[error.code ?? ''] ?? UNREADABLE;
    refuseInTurn(socket, wholeAnswer(new ProblemError(code, { detail }), headers));
  };
}

function refuseInTurn(socket: Socket, refusal: string): void {
  // The answer before it was the last one of the connection.
  if (!socket.writable) return;
  const before = answerUnderWay(socket);
  if (before === null) endWith(socket, refusal);
  else if (before.req.complete) before.once('finish', () => refuseInTurn(socket, refusal));
  // The body of this request cannot be read.
  else if (before.headersSent) before.once('finish', () => endWith(socket, ''));
  else endWith(socket, refusal);
}

function endWith(socket: Socket, bytes: string): void {
  socket.end(bytes);
  // A client that neither reads nor stops sending would keep it half-open.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function wholeAnswer(problem: ProblemError, headers: HeaderList): string {
  const requestId = requestIdOf({ headers: {} });
  const { status } = problem.definition;
  const body = JSON.stringify(toProblemBody(problem, requestId));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'cache-control: no-store',
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
