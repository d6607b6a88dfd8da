import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { until } from '../../support/until.ts';

interface Line {
  readonly level: number;
  readonly requestId: string;
  readonly context: string;
  readonly path: string;
  readonly status: number;
}

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const answered = (api: Api): Line[] =>
  api
    .lines()
    .map((line) => JSON.parse(line))
    .filter(({ context, path }) => context === 'Request' && path.startsWith('/products'));

describe('the lines of requests', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(5);
  });
  after(() => catalogue.drop());

  const startWith = (settings: Record<string, string>) =>
    startApi({ DATABASE_URL: catalogue.url, CACHE_L1_UNSYNCED_TTL: '1h', ...settings });

  for (const fastPath of ['on', 'off']) {
    it(`are all there when the service is told to end, with the fast path ${fastPath}`, async () => {
      const api = await startWith({ HTTP_FAST_PATH: fastPath });
      const ids = Array.from({ length: 300 }, (_, n) => `request-${n}`);
      for (const id of ids) await api.get('/products/prod-1', { 'x-request-id': id });
      assert.equal(await api.stop('SIGTERM'), 0);
      assert.deepEqual(
        answered(api).map(({ requestId }) => requestId),
        ids,
      );
    });
  }

  it('are the same on both paths, and name a request once', async () => {
    const lines: string[] = [];
    for (const fastPath of ['on', 'off']) {
      const api = await startWith({ HTTP_FAST_PATH: fastPath });
      for (let n = 0; n < 3; n += 1) await api.get('/products/prod-1?', { 'x-request-id': `first-${n}` });
      await api.get('/products/prod-1', { 'x-request-id': 'second', traceparent: TRACEPARENT });
      await api.stop();
      const line = api.lines().find((candidate) => candidate.includes('"second"')) ?? '';
      assert.equal(line.split('requestId').length, 2);
      lines.push(line.replaceAll(/"(time|pid|ms)":[\d.]+/g, '"$1":0'));
    }
    assert.match(lines[0] ?? '', /"path":"\/products\/prod-1","status":200/);
    assert.match(lines[0] ?? '', /"trace_id":"0af7651916cd43dd8448eb211c80319c"/);
    assert.equal(lines[0], lines[1]);
  });

  it('are left out as the rate has it, on both paths', async () => {
    for (const fastPath of ['on', 'off']) {
      const api = await startWith({ HTTP_FAST_PATH: fastPath, LOG_SAMPLE_RATE: '0', LOG_SLOW_MS: '1h' });
      for (let n = 0; n < 20; n += 1) await api.get('/products/prod-1');
      await api.stop();
      assert.deepEqual(answered(api), []);
    }
  });

  it('are there for every slow request, as a warning', async () => {
    for (const fastPath of ['on', 'off']) {
      const api = await startWith({ HTTP_FAST_PATH: fastPath, LOG_SAMPLE_RATE: '0', LOG_SLOW_MS: '0ms' });
      for (let n = 0; n < 20; n += 1) await api.get('/products/prod-1');
      await api.stop();
      assert.deepEqual(
        answered(api).map(({ level }) => level),
        Array.from({ length: 20 }, () => 40),
      );
    }
  });

  it('are there for every error of ours', async () => {
    const api = await startWith({ LOG_SAMPLE_RATE: '0', LOG_SLOW_MS: '1h', DATABASE_LOAD_TIMEOUT: '100ms' });
    const unlock = await catalogue.lock('products');
    try {
      for (let n = 0; n < 3; n += 1) assert.equal((await api.get(`/products/prod-${n}`)).status, 503);
    } finally {
      await unlock();
    }
    await until('they are written', () => answered(api).length === 3);
    assert.deepEqual(
      answered(api).map(({ level, status }) => [level, status]),
      Array.from({ length: 3 }, () => [50, 503]),
    );
    await api.stop();
  });
});
