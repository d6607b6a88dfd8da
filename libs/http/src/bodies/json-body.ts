import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '#libs/errors';
import { JSON_MEDIA_TYPE, mediaTypeOf, unsupportedMediaType } from './media-type.js';

/**
 * The request's body, parsed and not yet checked.
 *
 * @param more the media types that the route takes beside `application/json`
 * @throws ProblemError `REQUEST_INVALID` where there is none, `MEDIA_TYPE_UNSUPPORTED` where it is of another type
 */
export const JsonBody = createParamDecorator(
  (more: readonly string[] | undefined, context: ExecutionContext) =>
    bodyOf(context.switchToHttp().getRequest<FastifyRequest>(), [JSON_MEDIA_TYPE, ...(more ?? [])]),
);

function bodyOf({ body, headers }: FastifyRequest, taken: readonly string[]): unknown {
  if (body === undefined) {
    throw new ProblemError('REQUEST_INVALID', {
      detail: 'The request has no body.',
      errors: [{ field: 'body', rule: 'required', message: 'must be a JSON object' }],
    });
  }
  if (!taken.includes(mediaTypeOf(headers))) {
    throw unsupportedMediaType(`Send the body as ${taken.join(' or ')}.`);
  }
  return body;
}
