import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, type ProblemCode, ProblemError, toProblemBody } from '#libs/errors';
import { requestIdOf } from '#libs/logging';
import type { HeaderList } from '../hardening/security-headers.js';

const UNREADABLE = {
  code: 'REQUEST_INVALID',
  detail: 'This is not an HTTP request that can be read.',
} as const;

/** How long a refused client has to read its answer. */
const LINGER_MS = 1_000;

const PROBLEM_OF: Readonly<Record<string, { code: ProblemCode; detail: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'REQUEST_TIMEOUT', detail: 'The request did not arrive in time.' },
  HPE_HEADER_OVERFLOW: { code: 'HEADERS_TOO_LARGE', detail: 'Send shorter headers, or a shorter address.' },
};

/** The answer that Node is sending on a connection, by the name that it has for it. */
interface Answering {
  readonly _httpMessage?: { readonly headersSent: boolean } | null;
}

/**
 * Answers what Node's HTTP parser refused, before there is a request at all; then the connection is closed. In the midst of
 * the answer before it, it is closed without a word, which would be read as a part of that one.
 *
 * @param headers those of every answer
 */
export function clientErrorHandler(headers: HeaderList) {
  return (error: NodeJS.ErrnoException, socket: Socket & Answering): void => {
    const isAnswering = socket._httpMessage?.headersSent === true;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
      socket.destroy();
      return;
    }
    const { code, detail } = PROBLEM_OF[error.code ?? ''] ?? UNREADABLE;
    socket.end(wholeAnswer(new ProblemError(code, { detail }), headers));
    // Who neither reads nor stops sending would keep it half-open for ever.
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}

function wholeAnswer(problem: ProblemError, headers: HeaderList): string {
  const requestId = requestIdOf(undefined);
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
