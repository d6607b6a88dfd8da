import { HttpException } from '@nestjs/common';
import { type ProblemCode, ProblemError } from '#libs/errors';

const CODE_OF_STATUS: Partial<Record<number, ProblemCode>> = {
  400: 'REQUEST_INVALID',
  404: 'ROUTE_NOT_FOUND',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  431: 'HEADERS_TOO_LARGE',
};

/** Sentences of our own: a framework's message may quote the request, a path or a version. */
const DETAIL_OF_CODE: Partial<Record<ProblemCode, string>> = {
  REQUEST_INVALID: 'The request line, a header or the body can not be read.',
  ROUTE_NOT_FOUND: 'No route of this service has this address.',
  REQUEST_TIMEOUT: 'The request did not arrive in time.',
  BODY_TOO_LARGE: 'The body is larger than this service takes.',
  URI_TOO_LONG: 'The address is longer than this service takes.',
  MEDIA_TYPE_UNSUPPORTED: 'Send the body as application/json.',
  HEADERS_TOO_LARGE: 'The headers are larger than this service takes.',
};

/** Whatever was thrown, as a problem that may be shown. What it really was stays in `cause`. */
export function toProblem(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  const code = CODE_OF_STATUS[statusOf(thrown) ?? 500] ?? 'INTERNAL';
  const detail = DETAIL_OF_CODE[code] ?? 'Something failed that should not have. It was logged.';
  return new ProblemError(code, { detail, cause: thrown });
}

/** Nest's exceptions and Fastify's own errors both carry the status that they stand for. */
function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (thrown instanceof Error && 'statusCode' in thrown) return Number(thrown.statusCode);
  return undefined;
}
