import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { until } from '../../support/until.ts';

interface Line {
  readonly level: string;
  readonly requestId: string;
  readonly context: string;
  readonly path: string;
  readonly status: number;
  readonly code?: string;
}

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const answered = (api: Api): Line[] =>
  api
    .lines()
    .map((line) => JSON.parse(line))
    .filter(({ context, path }) => context === 'Request' && path?.startsWith('/products'));

describe('the lines of requests', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(5);
  });
  after(() => catalogue.drop());

  const startWith = (settings: Record<string, string>) =>
    startApi({ DATABASE_URL: catalogue.url, CACHE_L1_UNSYNCED_TTL: '1h', ...settings });

  for (const fastPath of ['on', 'off']) {
    it(`are all there after a stop signal, with the fast path ${fastPath}`, async () => {
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
      lines.push(line.replaceAll(/"(time|pid|ms)":(?:[\d.]+|"[^"]+")/g, '"$1":0'));
    }
    assert.match(lines[0] ?? '', /"path":"\/products\/prod-1","status":200/);
    assert.match(lines[0] ?? '', /"trace_id":"0af7651916cd43dd8448eb211c80319c"/);
    assert.equal(lines[0], lines[1]);
  });

  it('name the level and the time as people do, where the answer came from, and the rate that they were drawn at', async () => {
    for (const fastPath of ['on', 'off']) {
      const api = await startWith({ HTTP_FAST_PATH: fastPath, LOG_SAMPLE_RATE: '0.999999999' });
      for (let n = 0; n < 3; n += 1) await api.get('/products/prod-2');
      await api.stop();
      const lines = api
        .lines()
        .map((line) => JSON.parse(line))
        .filter(({ path }) => path === '/products/prod-2');
      assert.deepEqual(
        lines.map(({ cache }) => cache),
        ['origin', 'l1', 'l1'],
      );
      for (const { level, time, sampleRate, method, endpoint, ms } of lines) {
        assert.deepEqual(
          [level, sampleRate, method, endpoint],
          ['info', 0.999999999, 'GET', '/products/:id'],
        );
        assert.equal(new Date(time).toISOString(), time);
        assert.ok(ms > 0);
      }
    }
  });

  it('come and go with the level, which a signal switches while the service runs', async () => {
    const api = await startWith({ LOG_LEVEL: 'warn' });
    const switchTo = async (level: string) => {
      process.kill(api.pid, 'SIGUSR2');
      await until(`the level is ${level}`, () =>
        api.lines().some((line) => line.includes(`"logLevel":"${level}"`)),
      );
    };
    await api.get('/products/prod-1');
    await switchTo('debug');
    await api.get('/health');
    await switchTo('warn');
    await api.get('/products/prod-1');
    // Every line is written when it has ended.
    await api.stop();
    const requests = api
      .lines()
      .map((line) => JSON.parse(line))
      .filter(({ context }) => context === 'Request');
    assert.deepEqual(
      requests.map(({ path }) => path),
      ['/health'],
      'a probe is a line at debug',
    );
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
        Array.from({ length: 20 }, () => 'warn'),
      );
    }
  });

  it('are one for the first of many refusals, and one for the sum of the others', async () => {
    const api = await startWith({ LOG_SAMPLE_RATE: '0', LOG_SLOW_MS: '1h', DATABASE_LOAD_TIMEOUT: '100ms' });
    const unlock = await catalogue.lock('products');
    try {
      for (let n = 0; n < 4; n += 1) assert.equal((await api.get(`/products/prod-${n}`)).status, 503);
    } finally {
      await unlock();
    }
    await api.stop();
    const [first, sum, ...others] = api
      .lines()
      .map((line) => JSON.parse(line))
      .filter(({ context }) => context === 'Request');
    assert.deepEqual([first.status, first.code, first.path], [503, 'ORIGIN_UNAVAILABLE', '/products/prod-0']);
    assert.deepEqual([sum.status, sum.code, sum.answers], [503, 'ORIGIN_UNAVAILABLE', 3]);
    assert.equal(sum.requestId, undefined);
    assert.deepEqual(others, []);
  });

  it('are there for each refusal that is drawn, with its code', async () => {
    const api = await startWith({ LOG_SAMPLE_RATE: '1', DATABASE_LOAD_TIMEOUT: '100ms' });
    const unlock = await catalogue.lock('products');
    try {
      for (let n = 0; n < 3; n += 1) assert.equal((await api.get(`/products/prod-${n}`)).status, 503);
    } finally {
      await unlock();
    }
    await until('they are written', () => answered(api).length === 3);
    assert.deepEqual(
      answered(api).map(({ level, status, code }) => [level, status, code]),
      Array.from({ length: 3 }, () => ['error', 503, 'ORIGIN_UNAVAILABLE']),
    );
    await api.stop();
  });
});
