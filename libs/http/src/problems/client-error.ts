import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, ProblemError, toProblemBody } from '#libs/errors';
import { requestIdOf } from '#libs/logging';

/** Answers what Node's HTTP parser refused, before there is a request at all; then the connection is closed. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = requestIdOf(undefined);
  const problem = new ProblemError('REQUEST_INVALID', {
    detail: 'This is not an HTTP request that can be read.',
  });
  const body = JSON.stringify(toProblemBody(problem, requestId));
  socket.end(
    [
      'HTTP/1.1 400 Bad Request',
      `content-type: ${PROBLEM_MEDIA_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'cache-control: no-store',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
