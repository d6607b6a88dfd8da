import assert from 'node:assert/strict';
import { OPEN_API } from '../documented/documented-routes.ts';
import { faultsOf } from '../documented/schemas.ts';
import type { Sent } from './sent.ts';

type Fields = Record<string, unknown>;

/** What has to be true of an answer beyond its being documented: of the rows, and of what the schemas promise. */
export function assertExpected(sent: Sent): void {
  const { status, request } = sent;
  assert.ok(status < 500, `answered ${status}`);
  if (request.template.startsWith('/products')) {
    if (request.method === 'get') assertReadsTheRow(sent);
    else assertWroteAllOrNothing(sent);
  }
  if (request.method !== 'get' && request.key !== 'right') assert.equal(status, 401, 'it was let in');
  else if (request.body !== undefined && 'json' in request.body) assertKeepsToTheSchema(sent);
}

/** A process reads what it has written. */
function assertReadsTheRow({ request, status, answer, after }: Sent): void {
  if (!request.template.endsWith('{id}')) return;
  if (status === 200) assertShows(answer, after);
  if (status === 404) assert.equal(after, undefined, 'answered 404, and it is there');
}

function assertWroteAllOrNothing(sent: Sent): void {
  const { status, headers, answer, before, after } = sent;
  if (status >= 400 || headers.has('idempotency-replayed')) {
    assert.deepEqual(after, before, 'it has changed');
  } else if (status === 204) {
    assert.ok(before !== undefined && after === undefined, 'answered 204, and it is there');
  } else {
    assertShows(answer, after);
    assertHasWhatWasAsked(sent);
  }
}

function assertShows(answer: Fields | null, row: Sent['after']): void {
  const { version: _version, ...shown } = row ?? {};
  assert.deepEqual(answer, shown, 'the answer is not the row');
}

function assertHasWhatWasAsked({ json, before, after }: Sent): void {
  const { delta, id: _id, ...asked } = json as Fields;
  const expected: Fields = { category: null, ...before, ...asked };
  if (typeof delta === 'number') expected['stock'] = (before?.stock ?? 0) + delta;
  for (const name of ['name', 'price', 'stock', 'category'] as const) {
    const value = expected[name];
    assert.equal(
      after?.[name],
      name === 'name' ? String(value).trim() : value,
      `${name} is not what was asked for`,
    );
  }
}

/** Rules that no schema can tell of: they are about what else there is. */
const BEYOND_SCHEMAS = new Set(['exists', 'equal']);

/** A body that the schema forbids is refused; one that it allows is not, unless for something else. */
function assertKeepsToTheSchema({ request, status, json, answer }: Sent): void {
  const { template, method } = request;
  const [content] = Object.values(OPEN_API.paths[template]?.[method]?.requestBody?.content ?? {});
  const faults = faultsOf(json, content?.schema ?? {});
  if (faults.length > 0) assert.equal(status, 400, `the schema forbids the body: ${faults}`);
  if (faults.length > 0 || status !== 400) return;
  const errors = (answer?.['errors'] ?? []) as { field: string; rule: string }[];
  const fields = Object.keys(json as object);
  const ofTheBody = errors.filter(({ field, rule }) => fields.includes(field) && !BEYOND_SCHEMAS.has(rule));
  // An impossible id in the address is called by the same name as one in the body.
  const unexplained = ofTheBody.filter(({ field }) => field !== 'id');
  assert.deepEqual(unexplained, [], 'the schema allows the body');
}
