import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { documentedFetch } from '../../support/documented/documented-fetch.ts';
import { until } from '../../support/until.ts';
import { asWriter } from '../../support/writer-key.ts';

describe('the edge of the service', () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(10);
    api = await startApi({ DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  const requestLine = async (id: string) => {
    let found: Record<string, unknown> | undefined;
    await until('the request is logged', () => {
      const line = api.lines().find((candidate) => candidate.includes(`"${id}"`));
      found = line === undefined ? undefined : JSON.parse(line);
      return found !== undefined;
    });
    return found ?? {};
  };

  it('starts without a list of its modules and routes', async () => {
    const contexts = () => api.lines().map((line) => (JSON.parse(line) as { context: string }).context);
    await until('the start is logged', () => contexts().includes('Service'));
    assert.ok(api.lines().some((line) => line.includes(`"msg":"listening on ${api.url}"`)));
    assert.ok(
      !contexts().some((context) =>
        /^(?:InstanceLoader|RoutesResolver|RouterExplorer|NestApplication)$/.test(context),
      ),
    );
  });

  it('returns the id of a request and logs under it', async () => {
    const response = await api.get('/products/prod-1', { 'x-request-id': 'flash-42' });
    assert.equal(response.headers.get('x-request-id'), 'flash-42');
    assert.equal((await requestLine('flash-42')).requestId, 'flash-42');
  });

  it('makes an id where the offered one is not sane, on errors too', async () => {
    for (const path of ['/products/prod-1', '/products/nope', '/nothing']) {
      const id = (await api.get(path, { 'x-request-id': 'a b' })).headers.get('x-request-id') ?? '';
      assert.match(id, /^[\x21-\x7e]{1,128}$/);
    }
  });

  it('logs no secret of a request', async () => {
    await api.get('/products/prod-2', {
      authorization: 'Bearer s3cret-token',
      'x-request-id': 'with-secret',
    });
    await requestLine('with-secret');
    assert.ok(!api.lines().some((line) => line.includes('s3cret-token')));
  });

  it('shows the four metrics that dashboards read, by route and never by path', async () => {
    await api.get('/products/prod-3');
    await api.get('/products/prod-3');
    await api.get('/products/nope');
    await api.get('/a/path/of/an/attacker');
    const page = await (await api.get('/metrics')).text();
    assert.match(page, /^api_request_latency_seconds_count\{endpoint="\/products\/:id",method="GET"\} \d+$/m);
    assert.match(page, /^api_errors_total\{endpoint="\/products\/:id",status_code="404"\} \d+$/m);
    assert.match(page, /^api_errors_total\{endpoint="unmatched",status_code="404"\} \d+$/m);
    assert.match(page, /^cache_hits_total\{cache_type="l1"\} [1-9]\d*$/m);
    assert.match(page, /^cache_misses_total\{cache_type="redis"\} \d+$/m);
    assert.ok(!page.includes('prod-3') && !page.includes('attacker'));
  });

  it('counts each hit and each miss once', async () => {
    const before = [
      await api.metric('cache_hits_total{cache_type="l1"}'),
      await api.metric('cache_misses_total{cache_type="l1"}'),
    ];
    await api.get('/products/prod-9');
    await api.get('/products/prod-9');
    const after = [
      await api.metric('cache_hits_total{cache_type="l1"}'),
      await api.metric('cache_misses_total{cache_type="l1"}'),
    ];
    assert.deepEqual(
      after.map((count, n) => count - (before[n] ?? 0)),
      [1, 1],
    );
  });

  for (const [what, status, code, type, body] of [
    ['a body that is not JSON', 400, 'REQUEST_INVALID', 'application/json', '{'],
    ['a body of more than 64 KiB', 413, 'BODY_TOO_LARGE', 'application/json', `"${'x'.repeat(70_000)}"`],
  ] as const) {
    it(`refuses ${what} with ${status}`, async () => {
      const response = await documentedFetch(`${api.url}/products`, {
        method: 'POST',
        headers: { ...asWriter, 'content-type': type },
        body,
      });
      assert.equal(response.status, status);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.equal(((await response.json()) as { code: string }).code, code);
    });
  }

  it('answers HEAD as GET, without the body', async () => {
    const [head, get] = await Promise.all([
      documentedFetch(`${api.url}/products/prod-8`, { method: 'HEAD' }),
      documentedFetch(`${api.url}/products/prod-8`),
    ]);
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    for (const name of ['etag', 'content-length', 'content-type']) {
      assert.equal(head.headers.get(name), get.headers.get(name), name);
    }
  });

  it('is alive, ready and well', async () => {
    for (const path of ['/health', '/health/live', '/health/ready']) {
      const response = await api.get(path);
      assert.equal(response.status, 200);
      assert.equal(((await response.json()) as { status: string }).status, 'ok');
    }
  });

  it('loads a key once for all who ask at the same time', async () => {
    const [before] = await catalogue.sql<{ n: string }>(
      `SELECT sum(idx_scan) AS n FROM pg_stat_user_indexes`,
    );
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.get('/products/prod-7')));
    assert.ok(answers.every(({ status }) => status === 200));
    const misses = answers.filter((answer) => answer.headers.get('cache-status')?.includes('detail=origin'));
    assert.ok(before !== undefined && misses.length >= 1);
    assert.ok((await api.metric('cache_coalesced_total')) > 0);
  });
});
