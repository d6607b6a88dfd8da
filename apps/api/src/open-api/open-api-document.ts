import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { completeDocument } from '#libs/open-api';

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
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
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
