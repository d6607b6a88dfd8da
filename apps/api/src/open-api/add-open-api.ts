import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { addDocument } from '#libs/http';
import { DOCS_ASSETS, docsPage } from './docs-page.js';
import { openApiDocument } from './open-api-document.js';

/** The assets change with a release at most. */
const ASSET_MAX_AGE_SECONDS = 3_600;
const HTML = 'text/html; charset=utf-8';

/**
 * Serves the OpenAPI document at /docs-json and a page of it at /docs. Nest's own way to serve them serialises the document,
 * and reads the page's script of 1.6 MB from the disk, for each request: a stranger could occupy a process with a few
 * hundred of them per second.
 */
export function addOpenApi(app: NestFastifyApplication): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  addDocument(fastify, '/docs-json', {
    mediaType: 'application/json; charset=utf-8',
    read: () => JSON.stringify(openApiDocument(app)),
  });
  addDocument(fastify, '/docs', { mediaType: HTML, read: () => docsPage('./docs/') });
  addDocument(fastify, '/docs/', { mediaType: HTML, read: () => docsPage('./') });
  for (const { name, mediaType, read } of DOCS_ASSETS) {
    addDocument(fastify, `/docs/${name}`, {
      mediaType,
      read,
      maxAgeSeconds: ASSET_MAX_AGE_SECONDS,
      compressedOnly: true,
    });
  }
}
