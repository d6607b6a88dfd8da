import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '#libs/errors';

/** Within what Node takes for request line and headers together, and longer than any address of use. */
const MAX_URL_BYTES = 12_288;

/** Node would drop what is beyond its own bound without a word, and with it, perhaps, what a proxy had checked. */
const MAX_HEADERS = 100;

/** Refuses requests that Node's parser lets through: overlong addresses, too many headers, no host or two of them. */
export function refuseOddRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => done(oddityOf(request.raw)));
}

/** What is wrong with a request that no route may answer; undefined for nothing. */
export function oddityOf({
  url = '',
  rawHeaders,
  httpVersion,
}: FastifyRequest['raw']): ProblemError | undefined {
  if (url.length > MAX_URL_BYTES)
    return new ProblemError('URI_TOO_LONG', { detail: `An address has at most ${MAX_URL_BYTES} bytes.` });
  if (rawHeaders.length > 2 * MAX_HEADERS)
    return new ProblemError('HEADERS_TOO_LARGE', { detail: `A request has at most ${MAX_HEADERS} headers.` });
  const hosts = hostsIn(rawHeaders);
  // Node keeps the first; a proxy in front may have routed by the last (RFC 9112 §3.2 asks for 400).
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0'))
    return new ProblemError('REQUEST_INVALID', { detail: 'A request names its Host, once.' });
  return undefined;
}

function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}
