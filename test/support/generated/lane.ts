import { isEntityId } from '#libs/http';
import type { Api } from '../api.ts';
import type { Catalogue } from '../catalogue.ts';
import { documentedFetch } from '../documented/documented-fetch.ts';
import { asWriter } from '../writer-key.ts';
import { assertExpected } from './expectations.ts';
import { productRow } from './product-rows.ts';
import { CURRENT_TAG, type GeneratedRequest } from './requests.ts';

const KEYS = { right: asWriter, wrong: { authorization: 'Bearer wrong' }, none: {} };

/** Those that the catalogue has; of one letter there is none. */
const CATEGORIES = ['cat-test', 'cat-other'];

/** One client with products of its own, whose requests come one after the other: so each answer is known to be right or wrong. */
export class Lane {
  sent = 0;
  made = 0;
  removed = 0;
  private readonly api: Api;
  private readonly catalogue: Catalogue;
  private readonly name: string;
  private readonly tags = new Map<string, string>();

  constructor(api: Api, catalogue: Catalogue, name: string) {
    this.api = api;
    this.catalogue = catalogue;
    this.name = name;
  }

  async send(request: GeneratedRequest): Promise<void> {
    await this.check(request).catch((cause: unknown) => {
      throw new Error(`${(cause as Error).message}\nafter ${this.name} sent ${JSON.stringify(request)}`, {
        cause,
      });
    });
  }

  private async check(request: GeneratedRequest): Promise<void> {
    const id = this.addressed(request);
    const json = this.bodyFor(request, id);
    const about = id ?? idIn(json);
    const before = about === null ? undefined : await productRow(this.catalogue, about);
    const response = await this.exchange(request, id, json);
    this.sent += 1;
    const text = await response.text();
    const answer = text.startsWith('{') ? JSON.parse(text) : null;
    const made = response.status === 201 ? String(answer.id) : about;
    const after = made === null ? undefined : await productRow(this.catalogue, made);
    const { status, headers } = response;
    this.count(request, status, headers, made);
    assertExpected({ request, id: made, json, status, headers, answer, before, after });
  }

  private exchange(request: GeneratedRequest, id: string | null, json: unknown): Promise<Response> {
    const { template, method, query, body } = request;
    const path = template.replace('{id}', encodeURIComponent(id ?? ''));
    const search =
      query.length === 0
        ? ''
        : `?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]))}`;
    const text = body !== undefined && 'text' in body ? body.text : JSON.stringify(json);
    return documentedFetch(`${this.api.url}${path}${search}`, {
      method: method.toUpperCase(),
      headers: this.headersFor(request, id, body !== undefined),
      ...(body !== undefined && { body: text }),
    });
  }

  private headersFor(
    { headers, key }: GeneratedRequest,
    id: string | null,
    hasBody: boolean,
  ): Record<string, string> {
    const tag = this.tags.get(id ?? '') ?? '"none"';
    const sent = Object.entries(headers).map(([name, value]) => [name, value.replace(CURRENT_TAG, tag)]);
    return {
      ...KEYS[key],
      ...(hasBody && { 'content-type': 'application/json' }),
      ...Object.fromEntries(sent),
    };
  }

  private addressed({ template, id }: GeneratedRequest): string | null {
    if (template.startsWith('/categories/')) return id.kind === 'known' ? 'cat-test' : id.text;
    if (!template.includes('{id}')) return null;
    return id.kind === 'known' ? `${this.name}-${id.number}` : id.text;
  }

  /** Its ids are this lane's own, so that two lanes never meet at a product; most of its categories are there. */
  private bodyFor({ body, ownId, id }: GeneratedRequest, addressed: string | null): unknown {
    if (body === undefined) return undefined;
    if ('text' in body) return parsed(body.text);
    const { json } = body;
    if (typeof json !== 'object' || json === null) return json;
    const given: Record<string, unknown> = { ...json };
    const { category } = given;
    if (typeof category === 'string' && isEntityId(category) && category.length > 1)
      given['category'] = CATEGORIES[category.length % CATEGORIES.length];
    if (typeof given['id'] !== 'string' || !isEntityId(given['id'])) return given;
    const own = addressed ?? `${this.name}-${id.kind === 'known' ? id.number : 'x'}`;
    return { ...given, id: ownId ? own : `${this.name}-other` };
  }

  private count({ template }: GeneratedRequest, status: number, headers: Headers, id: string | null): void {
    const isProduct = template.startsWith('/products');
    if (isProduct && status === 201 && !headers.has('idempotency-replayed')) this.made += 1;
    if (isProduct && status === 204) this.removed += 1;
    const tag = headers.get('etag');
    if (id !== null && tag !== null) this.tags.set(id, tag);
  }
}

function idIn(json: unknown): string | null {
  const { id } = (json ?? {}) as { id?: unknown };
  return typeof id === 'string' ? id : null;
}

/** A text may be JSON, and be taken. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
