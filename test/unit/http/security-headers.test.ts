import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify } from 'fastify';
import { SECURITY_HEADERS } from '#libs/http';

const API: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  xContentTypeOptions: true,
  xFrameOptions: { action: 'deny' },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

const PAGES: FastifyHelmetOptions = {
  ...API,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
};

async function headersSetBy(options: FastifyHelmetOptions): Promise<[string, string][]> {
  const server = fastify();
  await server.register(helmet, options);
  // Before the handler has answered, only helmet has set headers.
  server.get('/', (_request, reply) => reply.send(reply.raw.getHeaders()));
  const answer = await server.inject('/');
  await server.close();
  return Object.entries(answer.json<Record<string, string>>());
}

describe('the security headers', () => {
  it('are those that helmet writes, in its order', async () => {
    assert.deepEqual(SECURITY_HEADERS.api, await headersSetBy(API));
    assert.deepEqual(SECURITY_HEADERS.pages, await headersSetBy(PAGES));
  });
});
