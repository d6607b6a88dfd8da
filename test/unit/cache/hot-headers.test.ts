import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { ConstantHeaders, CrossOrigin, NO_ORIGIN } from '#libs/http';
import type { PresentEntry } from '#src/libs/cache/src/entry/entry';
import { type AnswerFacts, HitHead, HotHeaders } from '#src/libs/cache-http/src/hot/hot-answer';
import { EntryHeaders } from '#src/libs/cache-http/src/responder';

const { cache: config } = readConfig({ DATABASE_URL: 'postgres://x/x' });
const constants = new ConstantHeaders([
  ['x-one', 'etag'],
  ['x-two', 'age'],
]);

const times = { loadedAtMs: 0, freshUntilMs: 300_000, graceUntilMs: 900_000, loadMs: 1 };
const entryOf = (etag: string, body: string): PresentEntry => ({
  state: 'present',
  key: 'product:1',
  version: 1,
  etag,
  body,
  ...times,
});
const head = new HitHead();
head.update(2_000, times, true);

const facts = (entry: PresentEntry, more: Partial<AnswerFacts> = {}): AnswerFacts => ({
  requestId: 'id',
  trace: null,
  origin: NO_ORIGIN,
  entry,
  hit: head,
  nowMs: 2_000,
  ...more,
});

const TRACE = { traceId: 'a', traceparent: '00-a-b-01' };

describe('the header list of a hot answer', () => {
  const headers = new HotHeaders(constants, new EntryHeaders(config));
  const names = (list: readonly string[]) => list.filter((_, n) => n % 2 === 0);

  it('has the constant headers right after the id of the request', () => {
    const list = headers.of('whole', facts(entryOf('"e"', '{}')));
    assert.deepEqual(list.slice(0, 6), ['x-request-id', 'id', 'x-one', 'etag', 'x-two', 'age']);
  });

  it('has each value behind its own name, answer after answer', () => {
    for (const [id, etag, body] of [
      ['1', '"a"', '{}'],
      ['2', '"b"', '{"a":1}'],
    ] as const) {
      const list = headers.of('whole', facts(entryOf(etag, body), { requestId: id }));
      const values = Object.fromEntries(names(list).map((name, n) => [name, list[2 * n + 1]]));
      assert.equal(values['x-request-id'], id);
      assert.equal(values.etag, etag);
      assert.equal(values.age, '2');
      assert.equal(values['content-length'], String(body.length));
      assert.match(values['cache-status'] ?? '', /ttl=298/);
    }
  });

  it('names a trace after what all answers have in common, and in no later answer', () => {
    const entry = entryOf('"e"', '{}');
    const traced = headers.of('whole', facts(entry, { trace: TRACE }));
    assert.deepEqual(traced.slice(6, 9), ['traceparent', TRACE.traceparent, 'cache-status']);
    assert.ok(!headers.of('whole', facts(entry)).includes('traceparent'));
  });

  it('says what it says to an origin between the two, and to no other origin', () => {
    const entry = entryOf('"e"', '{}');
    const origin = new CrossOrigin(['https://shop.example']).of('https://shop.example');
    const list = headers.of('whole', facts(entry, { origin, trace: TRACE }));
    assert.deepEqual(list.slice(6, 8), ['access-control-allow-origin', 'https://shop.example']);
    assert.deepEqual(list.slice(10, 12), ['traceparent', TRACE.traceparent]);
    assert.ok(!headers.of('whole', facts(entry)).includes('access-control-allow-origin'));
  });

  it('states nothing about a body where none follows', () => {
    const entry = entryOf('"e"', '{}');
    const bare = names(headers.of('bare', facts(entry)));
    assert.deepEqual(bare.slice(-4), ['cache-status', 'etag', 'cache-control', 'age']);
  });
});
