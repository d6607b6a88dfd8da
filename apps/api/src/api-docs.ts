import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { addDocument } from '#libs/http';
import { completeDocument, loadDocs } from '#libs/open-api';

const DESCRIPTION = `A product catalogue that stays up, fast and correct through flash traffic.

- Reading is open; writing needs a bearer key.
- Every error is one \`application/problem+json\` document (RFC 9457), the schema \`Problem\`.
- Prices are numbers of at most two decimals, exact to the cent. Times are Unix seconds with a fraction.
- Every \`GET\` is also answered as \`HEAD\`. A method that an address does not take is answered with 405
  (\`METHOD_NOT_ALLOWED\`) and \`Allow\`, \`OPTIONS\` with 204 and \`Allow\`, an address that there is not with 404
  (\`ROUTE_NOT_FOUND\`).
- If the service lets pages of other origins in (\`CORS_ORIGINS\`), every answer has the headers of CORS as well.`;

const TAGS = {
  products: 'Reading and writing products.',
  categories: 'The categories of the products.',
  changes: 'Committed changes, for indexes and caches that follow them.',
  health: 'Probes: the state of the service and of its dependencies.',
  metrics: 'Measurements for Prometheus.',
} as const;

/** None is granted: the package is private. */
const LICENSE = { name: 'MIT', identifier: 'MIT' };

/** The whole API as OpenAPI 3.1. docs/openapi.json is what this gives, and a test holds the two against each other. */
export async function openApiDocument(app: NestFastifyApplication): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await loadDocs();
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Hotshelf')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addServer('/', 'The service that this document comes from.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A key of `npm run key` (RFC 6750).' });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build());
  document.info.license = LICENSE;
  return completeDocument(document, ['UNAUTHENTICATED', 'WRITES_DISABLED', 'RATE_LIMITED'], {
    Link: '</products?cursor=…>; rel="next"',
    Location: '/products/prod-1',
  });
}

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
    read: async () => JSON.stringify(await openApiDocument(app)),
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
