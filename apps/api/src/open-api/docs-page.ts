import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

/** What the page loads besides the document, by its name under `/docs/`. */
export interface DocsAsset {
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
export const DOCS_ASSETS: readonly DocsAsset[] = [
  swaggerUi('swagger-ui.css', 'text/css; charset=utf-8'),
  swaggerUi('index.css', 'text/css; charset=utf-8'),
  swaggerUi('swagger-ui-bundle.js', 'text/javascript; charset=utf-8'),
  swaggerUi('favicon-32x32.png', 'image/png'),
  { name: 'start.js', mediaType: 'text/javascript; charset=utf-8', read: () => START },
];

/** @param base where the assets are, relative to the page */
export function docsPage(base: string): string {
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
