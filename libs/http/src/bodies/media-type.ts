import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '#libs/errors';

export const JSON_MEDIA_TYPE = 'application/json';
/** RFC 7396. */
export const MERGE_PATCH_MEDIA_TYPE = 'application/merge-patch+json';

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** The media type of a body, without its parameters and in lower case (RFC 9110 §8.3.1). */
export function mediaTypeOf({ 'content-type': contentType = '' }: IncomingHttpHeaders): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

export function unsupportedMediaType(detail: string): ProblemError {
  return new ProblemError('MEDIA_TYPE_UNSUPPORTED', { detail });
}

/** @throws ProblemError `MEDIA_TYPE_UNSUPPORTED` for a body that is compressed, or in another charset than UTF-8 */
export function checkEncoding(headers: IncomingHttpHeaders): void {
  const { 'content-encoding': encoding = 'identity', 'content-type': contentType = '' } = headers;
  if (encoding.trim().toLowerCase() !== 'identity') {
    throw unsupportedMediaType('Send the body as it is, without a Content-Encoding.');
  }
  const charset = CHARSET.exec(contentType)?.[1] ?? 'utf-8';
  if (charset.toLowerCase() !== 'utf-8') throw unsupportedMediaType('Send the body in UTF-8.');
}
