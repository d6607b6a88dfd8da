import type { FastifyInstance, FastifyRequest } from 'fastify';
import { checkEncoding, JSON_MEDIA_TYPE, MERGE_PATCH_MEDIA_TYPE } from './media-type.js';
import { parseJson } from './parse-json.js';

/**
 * Takes JSON for bodies and nothing else, in the place of Fastify's and Nest's own parsers: those also take forms and
 * plain text, put a replacement for every broken byte, and round numbers.
 */
export function addJsonBodies(fastify: FastifyInstance): void {
  // Plain text among them: a page of another site can send that without asking first, JSON it can not.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    [JSON_MEDIA_TYPE, MERGE_PATCH_MEDIA_TYPE],
    { parseAs: 'buffer' },
    async ({ headers }: FastifyRequest, bytes: Buffer) => {
      checkEncoding(headers);
      return parseJson(bytes);
    },
  );
}
