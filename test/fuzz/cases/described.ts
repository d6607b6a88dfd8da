import fc from 'fast-check';
import { CURRENT_TAG, type GeneratedRequest, generatedRequests } from '../../support/generated/requests.ts';
import { WRITER_KEY } from '../../support/writer-key.ts';
import { type RequestParts, requestBytes } from './request-bytes.ts';

const BATCH = 512;
const KEYS = {
  right: [['Authorization', `Bearer ${WRITER_KEY}`]],
  wrong: [['Authorization', 'Bearer wrong']],
  none: [],
} as const;
/** Writes are of this category, so that they change no list that other lanes compare. */
const WRITTEN_CATEGORY = 'cat-write';

/** Requests that the OpenAPI document describes, and many that it forbids, as bytes. */
export class DescribedRequests {
  private ready: GeneratedRequest[] = [];
  private batch = 0;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  next(): { readonly method: string; readonly bytes: Buffer } {
    if (this.ready.length === 0) {
      this.batch += 1;
      this.ready = fc.sample(generatedRequests(), { seed: this.seed + this.batch, numRuns: BATCH });
    }
    const parts = partsOf(this.ready.pop() as GeneratedRequest);
    return { method: parts.method, bytes: requestBytes(parts) };
  }
}

function partsOf({ template, method, id, query, headers, body, key }: GeneratedRequest): RequestParts {
  const known = template.startsWith('/categories/')
    ? 'cat-write'
    : `lane-${id.kind === 'known' ? id.number : 0}`;
  const target = template.replace(
    '{id}',
    id.kind === 'known' ? known : encodeURIComponent(id.text.toWellFormed()),
  );
  const asked = query.map(([name, value]): [string, string] => [name, value.toWellFormed()]);
  // A page of all products holds those whose ids a service made itself, at places of their own.
  if (template === '/products' && method === 'get' && !asked.some(([name]) => name === 'category'))
    asked.push(['category', 'cat-test']);
  const search = asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`;
  const content =
    body === undefined
      ? {}
      : {
          body:
            'text' in body
              ? body.text
              : JSON.stringify(ownBody(body.json, known, method === 'post' && !template.includes('{id}'))),
        };
  return {
    method: method.toUpperCase(),
    target: `${target}${search}`,
    headers: [
      ...KEYS[key],
      ...(body === undefined ? [] : [['Content-Type', 'application/json'] as const]),
      // No tag that one service gives is known to the other.
      ...Object.entries(headers).map(([name, value]) => [name, value.replaceAll(CURRENT_TAG, '*')] as const),
    ],
    ...content,
  };
}

/** Products and categories that exist, if the schema would allow them. */
function ownBody(json: unknown, id: string, isNew: boolean): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  const given: Record<string, unknown> = { ...json };
  if (typeof given['category'] === 'string' && given['category'].length > 1)
    given['category'] = WRITTEN_CATEGORY;
  // Ids that a service makes itself would stand at other places of a list than those of the other service.
  const isOwn =
    typeof given['id'] === 'string' ? /^\w+$/.test(given['id']) : isNew && given['id'] === undefined;
  if (isOwn) given['id'] = id;
  return given;
}
