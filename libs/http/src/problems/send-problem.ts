import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_MEDIA_TYPE, type ProblemError, toProblemBody } from '#libs/errors';

/** Ends a request with a problem document (RFC 9457). */
export function sendProblem(problem: ProblemError, request: FastifyRequest, reply: FastifyReply): void {
  const { status } = problem.definition;
  reply.headers(problem.headers);
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  reply
    .code(status)
    .header('x-request-id', request.id)
    .type(PROBLEM_MEDIA_TYPE)
    .send(Buffer.from(JSON.stringify(toProblemBody(problem, request.id))));
}
