import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePort } from '#src/apps/local/src/services';
import { type Api, runApiToItsEnd, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { until } from '../../support/until.ts';

const READS = /^api_request_latency_seconds_count\{endpoint="\/products\/:id",method="GET"\} (\d+)$/m;

for (const workers of [1, 2])
  describe(`the port for operators, with ${workers} worker${workers === 1 ? '' : 's'}`, () => {
    let catalogue: Catalogue;
    let api: Api;
    let inside: string;
    const status = async (address: string, headers: Record<string, string> = {}) =>
      (await fetch(address, { headers })).status;

    before(async () => {
      catalogue = await createCatalogue(20);
      const port = await freePort();
      inside = `http://127.0.0.1:${port}`;
      api = await startApi({
        DATABASE_URL: catalogue.url,
        METRICS_PORT: String(port),
        CONSOLE_ENABLED: 'on',
        WORKERS: String(workers),
      });
      await until('it listens there too', async () => (await fetch(`${inside}/health/live`)).ok);
    });
    after(async () => {
      assert.equal(await api.stop(), 0);
      await catalogue.drop();
    });

    it('has the metrics of all workers, which the public port no longer has', async () => {
      for (let n = 0; n < 20; n += 1)
        assert.equal(await status(`${api.url}/products/prod-${n}`, { connection: 'close' }), 200);
      await until('all reads are counted', async () => {
        const page = await (await fetch(`${inside}/metrics`)).text();
        return READS.exec(page)?.[1] === '20';
      });
      for (const path of ['/metrics', '/%6detrics', '/metrics?x=1'])
        assert.equal(await status(api.url + path), 404, path);
    });

    it('has no address of the other port for any method', async () => {
      for (const [url, path] of [
        [api.url, '/metrics'],
        [api.url, '/%6detrics'],
        [api.url, '/console'],
        [inside, '/products/prod-1'],
      ] as const)
        for (const method of ['OPTIONS', 'HEAD', 'POST', 'DELETE']) {
          const answer = await fetch(url + path, { method });
          assert.deepEqual([answer.status, answer.headers.get('allow')], [404, null], `${method} ${path}`);
        }
      const options = await fetch(`${inside}/metrics`, { method: 'OPTIONS' });
      assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, HEAD, OPTIONS']);
    });

    it('has the console, which the public port no longer has', async () => {
      assert.equal(await status(`${inside}/console`), 200);
      for (const path of ['/console', '/console/', '/console/stream', '/console/console.js'])
        assert.equal(await status(api.url + path), 404, path);
      assert.equal(await status(`${api.url}/console/console.css`), 200, 'the index page has the same look');
      const index = (await (await fetch(api.url)).json()) as { links: Record<string, string> };
      assert.deepEqual(
        ['console', 'metrics'].filter((name) => name in index.links),
        [],
      );
    });

    it('has the whole of the health report; the public port has the status', async () => {
      const whole = (await (await fetch(`${inside}/health`)).json()) as Record<string, unknown>;
      assert.ok('details' in whole);
      const reduced = await fetch(`${api.url}/health`);
      assert.deepEqual([reduced.status, await reduced.json()], [200, { status: whole['status'] }]);
    });

    it('has the probes, as the public port has', async () => {
      for (const url of [inside, api.url])
        for (const path of ['/health/live', '/health/ready'])
          assert.equal(await status(url + path), 200, path);
    });

    it('has no products, no documents and no index', async () => {
      for (const path of ['/products/prod-1', '/products', '/docs-json', '/'])
        assert.equal(await status(inside + path), 404, path);
    });
  });

describe('METRICS_PORT', () => {
  it('is refused if it is the port of the service', async () => {
    const { code, output } = await runApiToItsEnd({
      DATABASE_URL: 'postgres://x@127.0.0.1:1/x',
      PORT: '4000',
      METRICS_PORT: '4000',
    });
    assert.equal(code, 1);
    assert.match(output, /^METRICS_PORT must be another port than PORT; both are 4000\./m);
  });

  it('is named if another process listens on it', async () => {
    const catalogue = await createCatalogue(1);
    const first = await startApi({ DATABASE_URL: catalogue.url });
    const { code, output } = await runApiToItsEnd({
      DATABASE_URL: catalogue.url,
      PORT: '0',
      METRICS_PORT: new URL(first.url).port,
    });
    assert.equal(code, 1);
    assert.match(output, /^METRICS_PORT must be free; another process listens on it/m);
    await first.stop();
    await catalogue.drop();
  });
});
