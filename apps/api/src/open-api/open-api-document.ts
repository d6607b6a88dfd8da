import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { completeDocument } from '#libs/open-api';
import { DESCRIPTION, LICENSE, TAGS } from './texts.js';

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
