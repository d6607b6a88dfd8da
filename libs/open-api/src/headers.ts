/** The request id. */
export const REQUEST_ID_SCHEMA = {
  type: 'string',
  pattern: '^[\\x21-\\x7e]{1,128}$',
  example: 'Yk3vQ0nRZ2aB-1f',
} as const;

const text = (description: string, example: string, schema: object = {}) => ({
  description,
  required: true,
  schema: { type: 'string', ...schema },
  example,
});

const count = (description: string, example: number, minimum = 0) => ({
  description,
  required: true,
  schema: { type: 'integer', minimum },
  example,
});

const optional = <H extends object>(header: H) => ({ ...header, required: false });

/** The response headers, each described once. */
export const ANSWER_HEADERS = {
  'X-Request-ID': {
    description:
      'The id sent by the client if it is valid, else a new one. Every log line of the request has it.',
    required: true,
    schema: REQUEST_ID_SCHEMA,
  },
  traceparent: optional(
    text(
      'Returned as received (W3C Trace Context).',
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ),
  ),
  ETag: text('Strong entity tag of the body.', '"I7iJdYiej1U63I_iM_DH6V"', { pattern: '^"[!#-~]+"$' }),
  'Cache-Control': text(
    'How long clients and shared caches may store the response.',
    'public, max-age=5, stale-while-revalidate=30, stale-if-error=3600',
  ),
  'Cache-Status': text(
    'How the cache handled the request (RFC 9211). A hit if every part came from a tier. `detail` is the slowest tier ' +
      'used. `ttl` is the remaining freshness of the least fresh part in seconds; negative if it is stale or unverified.',
    'hotshelf; hit; ttl=326; detail=l1',
    { pattern: '^hotshelf; ' },
  ),
  Age: count('Seconds since the oldest part was loaded from the origin.', 12),
  'Content-Encoding': optional(
    text('Of a list: the coding that it is sent in (RFC 9110 §8.4).', 'br', { enum: ['br', 'gzip'] }),
  ),
  Link: optional(text('The next page, if there is one (RFC 8288).', '</articles?cursor=…>; rel="next"')),
  Location: text('URL of the new resource.', '/articles/hello', { format: 'uri-reference' }),
  'Idempotency-Replayed': optional(
    text('`true` if this is the stored response of an earlier request with the same key.', 'true', {
      const: 'true',
    }),
  ),
  'Retry-After': count('Seconds to wait before a retry (RFC 9110 §10.2.3).', 1),
  'RateLimit-Limit': optional(count('Requests allowed per minute.', 30_000, 1)),
  'RateLimit-Remaining': optional(count('Requests left in the current minute.', 29_999)),
  'RateLimit-Reset': optional(count('Seconds until the limit resets.', 60)),
  'WWW-Authenticate': text('The required credentials (RFC 6750 §3).', 'Bearer realm="hotshelf"', {
    pattern: '^Bearer realm="hotshelf"',
  }),
};

export type AnswerHeader = keyof typeof ANSWER_HEADERS;

/** The headers of every response from the cache. */
export const CACHE_HEADERS = ['ETag', 'Cache-Control', 'Cache-Status', 'Age'] as const;

export const RATE_LIMIT_HEADERS = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const;

/** References to the headers of a response in the document's components. */
export function answerHeaders(...names: readonly AnswerHeader[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The request headers of every route. */
export const REQUEST_HEADERS = {
  'X-Request-ID': {
    name: 'X-Request-ID',
    in: 'header' as const,
    required: false,
    description: 'Used if it is 1 to 128 visible ASCII characters; otherwise the service creates one.',
    schema: REQUEST_ID_SCHEMA,
  },
  traceparent: {
    name: 'traceparent',
    in: 'header' as const,
    required: false,
    description: 'Trace of the request (W3C Trace Context). An invalid value is ignored.',
    schema: {
      type: 'string',
      pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$',
      example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  },
};
