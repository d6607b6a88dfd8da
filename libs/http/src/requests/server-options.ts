import type { FastifyServerOptions } from 'fastify';
import { requestIdOf } from '#libs/logging';
import { answerClientError } from '../problems/client-error.js';
import { sendProblem } from '../problems/send-problem.js';
import { toProblem } from '../problems/to-problem.js';
import type { ServerFront } from './server-front.js';

const MAX_BODY_BYTES = 65_536;

/**
 * Longer than any request line that Node lets through, so that an overlong id meets the id's own rule and gets
 * an answer that names it.
 */
const MAX_PARAM_LENGTH = 16_384;

/**
 * How Fastify is set up for every service that uses this library.
 *
 * @param front what may answer ahead of the router; default: nothing does
 */
export function serverOptions(front?: ServerFront): FastifyServerOptions {
  return {
    ...(front !== undefined && { serverFactory: front.serverFactory }),
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    clientErrorHandler: answerClientError,
    // Errors from before routing, such as a broken percent-encoding, never reach Nest's filters.
    frameworkErrors: (error, request, reply) => sendProblem(toProblem(error), request, reply),
  };
}
