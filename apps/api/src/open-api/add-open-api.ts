import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { addDocument } from '#libs/http';
import { openApiDocument } from './open-api-document.js';

const { resolve } = createRequire(import.meta.url);

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

/** What the page loads besides the document, by its name under `/docs/`. */
interface DocsAsset {
  readonly name: string;
  readonly mediaType: string;
  readonly read: () => string | Promise<Buffer>;
}

const swaggerUi = (name: string, mediaType: string): DocsAsset => ({
  name,
  mediaType,
  read: () => readFile(resolve(`swagger-ui-dist/${name}`)),
});

/** Relative to itself, so that it also works behind a proxy that puts the service under a path of its own. */
const START = `window.ui = SwaggerUIBundle({
  url: new URL('../docs-json', document.currentScript.src).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  // In the browser's own storage, until its user logs out: a reload would ask for it again.
  persistAuthorization: true,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [SwaggerUIBundle.plugins.DownloadUrl],
  layout: 'BaseLayout',
});
`;

/** Of the package's files only these: source maps and other builds of the same script are megabytes that no page needs. */
const DOCS_ASSETS: readonly DocsAsset[] = [
  swaggerUi('swagger-ui.css', 'text/css; charset=utf-8'),
  swaggerUi('index.css', 'text/css; charset=utf-8'),
  swaggerUi('swagger-ui-bundle.js', 'text/javascript; charset=utf-8'),
  swaggerUi('favicon-32x32.png', 'image/png'),
  { name: 'start.js', mediaType: 'text/javascript; charset=utf-8', read: () => START },
];

/** @param base where the assets are, relative to the page */
function docsPage(base: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Hotshelf API</title>
  <link rel="stylesheet" href="${base}swagger-ui.css">
  <link rel="stylesheet" href="${base}index.css">
  <link rel="icon" type="image/png" href="${base}favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${base}swagger-ui-bundle.js"></script>
<script src="${base}start.js"></script>
</body>
</html>
`;
}
