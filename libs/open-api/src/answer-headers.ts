import { REQUEST_ID_SCHEMA } from './problem-schema.js';

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

/** What stands in an answer beside its body. */
export const ANSWER_HEADERS = {
  'X-Request-ID': {
    description: "The request's own, where it is sane, or one that was made: every log line has it.",
    required: true,
    schema: REQUEST_ID_SCHEMA,
  },
  traceparent: optional(
    text(
      'As the request had it (W3C Trace Context).',
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ),
  ),
  ETag: text('The strong entity tag of these bytes.', '"I7iJdYiej1U63I_iM_DH6V"', { pattern: '^"[!#-~]+"$' }),
  'Cache-Control': text(
    'How long clients and shared caches may keep the answer.',
    'public, max-age=5, stale-while-revalidate=30, stale-if-error=3600',
  ),
  'Cache-Status': text(
    'What the cache did (RFC 9211): a hit if every part came from a tier; `detail` is the furthest tier that was ' +
      'needed, `ttl` the seconds that are left of the least fresh part, negative where it is stale or could not be verified.',
    'hotshelf; hit; ttl=326; detail=l1',
    { pattern: '^hotshelf; ' },
  ),
  Age: count('Seconds since the oldest part was loaded.', 12),
  Link: optional(text('The next page, where there is one (RFC 8288).', '</products?cursor=…>; rel="next"')),
  Location: text('Where the product is.', '/products/prod-1', { format: 'uri-reference' }),
  'Idempotency-Replayed': optional(
    text('`true` where this is the answer of an earlier request with the same key.', 'true', {
      const: 'true',
    }),
  ),
  'Retry-After': count('Seconds after which to try again (RFC 9110 §10.2.3).', 1),
  'RateLimit-Limit': optional(count('Requests that may be made a minute.', 30_000, 1)),
  'RateLimit-Remaining': optional(count('Requests that are left of them.', 29_999)),
  'RateLimit-Reset': optional(count('Seconds until they are all there again.', 60)),
  'WWW-Authenticate': text('Which key is needed (RFC 6750 §3).', 'Bearer realm="hotshelf"', {
    pattern: '^Bearer realm="hotshelf"',
  }),
};

export type AnswerHeader = keyof typeof ANSWER_HEADERS;

/** What every answer from the cache has. */
export const CACHE_HEADERS = ['ETag', 'Cache-Control', 'Cache-Status', 'Age'] as const;

export const RATE_LIMIT_HEADERS = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const;

/** The headers of an answer, each described once in the document's components. */
export function answerHeaders(...names: readonly AnswerHeader[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
