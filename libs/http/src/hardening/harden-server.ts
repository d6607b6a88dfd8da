import type { FastifyInstance } from 'fastify';
import type { EdgeConfig } from '#libs/config';
import { answerHalfClosed } from '../connections/half-closed.js';
import { addAllowedMethods } from './allowed-methods.js';
import { addPageHeaders } from './page-headers.js';
import { refuseOddRequests } from './refuse-odd-requests.js';
import type { SecurityHeaders } from './security-headers.js';

/** What a request meets before any route. To be called before the first route is added. */
export function hardenServer(fastify: FastifyInstance, edge: EdgeConfig, security: SecurityHeaders): void {
  if (edge.maxConnections > 0) fastify.server.maxConnections = edge.maxConnections;
  answerHalfClosed(fastify.server);
  addPageHeaders(fastify, security);
  refuseOddRequests(fastify);
  addAllowedMethods(fastify);
}
