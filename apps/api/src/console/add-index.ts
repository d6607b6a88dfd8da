import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ConsoleConfig, ServerConfig } from '#libs/config';
import { varyBy } from '#libs/http';
import { PAGE_SECURITY, pageOf } from './console-page.js';

/** What can be looked at, by its name in the index. */
interface Link {
  readonly name: string;
  readonly href: string;
  readonly title: string;
  readonly about: string;
}

const LINKS: readonly Link[] = [
  { name: 'console', href: '/console', title: 'Console', about: 'what the service does now, once a second' },
  { name: 'docs', href: '/docs', title: 'API', about: 'every route, to read and to try' },
  { name: 'openapi', href: '/docs-json', title: 'OpenAPI', about: 'the same for programs' },
  { name: 'products', href: '/products', title: 'Products', about: 'a page of the catalogue' },
  { name: 'categories', href: '/categories', title: 'Categories', about: 'the shelves' },
  { name: 'health', href: '/health', title: 'Health', about: 'the state of Postgres, Redis and the cache' },
  { name: 'metrics', href: '/metrics', title: 'Metrics', about: 'every number, for Prometheus' },
];

/** Serves the index at `/`: a page for a browser, JSON for a program. */
export function addIndex(app: NestFastifyApplication): void {
  const { enabled } = app.get(ConsoleConfig);
  const { metricsPort } = app.get(ServerConfig);
  const elsewhere = metricsPort === null ? [] : ['console', 'metrics'];
  const links = LINKS.filter(({ name }) => (name !== 'console' || enabled) && !elsewhere.includes(name));
  const page = Buffer.from(indexPage(links));
  const index = Buffer.from(
    JSON.stringify({
      name: 'hotshelf',
      links: Object.fromEntries(links.map(({ name, href }) => [name, href])),
    }),
  );
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  fastify.get('/', (request, reply) => {
    varyBy(reply, 'Accept');
    reply.header('cache-control', 'no-cache');
    // Browsers name it; programs send */* or JSON.
    if (request.headers.accept?.includes('text/html') !== true)
      return reply.type('application/json; charset=utf-8').send(index);
    return reply.headers(PAGE_SECURITY).type('text/html; charset=utf-8').send(page);
  });
}

function indexPage(links: readonly Link[]): string {
  const items = links.map(
    ({ href, title, about }) => `<div><dt><a href="${href}">${title}</a></dt><dd>${about}</dd></div>`,
  );
  return pageOf(
    'Hotshelf',
    `<main id="main" class="narrow">
  <h1>Hotshelf</h1>
  <p class="lead">A product catalogue that answers from memory. It runs; this is where to look.</p>
  <dl class="links panel">
    ${items.join('\n    ')}
  </dl>
</main>`,
  );
}
