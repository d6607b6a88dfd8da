import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePort } from '#src/apps/local/src/services';
import { startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { startOtlpCollector } from '../../support/otlp-collector.ts';
import { until } from '../../support/until.ts';

/** Prints the modules of OpenTelemetry's SDK that a process has loaded, as it ends. */
const LIST_MODULES = `--import data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  registerHooks({ resolve(name, context, next) { loaded.add(name); return next(name, context); } });
  process.on('exit', () => {
    const sdk = [...loaded].filter((name) => /^@opentelemetry\\/(?!api)/.test(name));
    process.stderr.write('loaded:' + sdk.sort().join() + '\\n');
  });
`)}`;

describe('the export of traces', () => {
  let catalogue: Catalogue;
  before(async () => {
    catalogue = await createCatalogue(10);
  });
  after(() => catalogue.drop());

  it('is off by default: nothing is sent, and nothing of the SDK is loaded', async () => {
    const collector = await startOtlpCollector();
    const loadedBy = async (settings: Record<string, string>) => {
      const api = await startApi({ DATABASE_URL: catalogue.url, NODE_OPTIONS: LIST_MODULES, ...settings });
      const response = await api.get('/products/prod-1');
      assert.equal(response.headers.has('traceparent'), settings['OTEL_SDK_DISABLED'] === 'false');
      assert.equal(await api.stop(), 0);
      return api.errorLines().find((line) => line.startsWith('loaded:'));
    };
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    assert.equal(await loadedBy({}), 'loaded:');
    assert.equal(await loadedBy({ ...endpoint, OTEL_SDK_DISABLED: 'true' }), 'loaded:');
    assert.equal(collector.requests.length, 0);
    assert.match((await loadedBy({ ...endpoint, OTEL_SDK_DISABLED: 'false' })) ?? '', /sdk-trace/);
    assert.ok(collector.requests.length > 0);
    await collector.stop();
  });

  it('sends what is left when the process ends, as protobuf by default', async () => {
    const collector = await startOtlpCollector();
    const api = await startApi({
      DATABASE_URL: catalogue.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
    });
    await api.get('/products/prod-1');
    assert.equal(await api.stop(), 0);
    const last = collector.requests.at(-1);
    assert.equal(last?.url, '/v1/traces');
    assert.equal(last?.headers['content-type'], 'application/x-protobuf');
    assert.ok((last?.bytes ?? 0) > 0);
    await collector.stop();
  });

  it('samples by the ratio, and exports nothing at 0', async () => {
    const collector = await startOtlpCollector();
    const api = await startApi({
      DATABASE_URL: catalogue.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    for (let n = 0; n < 20; n += 1) {
      const response = await api.get(`/products/prod-${n % 10}`);
      assert.equal(response.headers.get('traceparent'), null);
    }
    // A caller that records its trace is followed.
    const traceId = 'b'.repeat(32);
    await api.get('/products/prod-1', { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    assert.equal(await api.stop(), 0);
    assert.deepEqual([...new Set(collector.spans().map((span) => span.traceId))], [traceId]);
    await collector.stop();
  });

  for (const [what, endpointOf] of [
    ['is away', async () => ({ url: `http://127.0.0.1:${await freePort()}`, stop: async () => undefined })],
    ['refuses everything', () => startOtlpCollector(400)],
  ] as const)
    it(`fails no request while the collector ${what}: spans are dropped and counted, and one line says so`, async () => {
      const collector = await endpointOf();
      const api = await startApi({ DATABASE_URL: catalogue.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
      const complaints = () => api.lines().filter((line) => line.includes('spans cannot be exported'));
      await until('the loss is logged', async () => {
        assert.equal((await api.get('/products/prod-1')).status, 200);
        return complaints().length > 0;
      });
      await until(
        'the loss is counted',
        async () => (await api.metric('trace_spans_dropped_total{reason="export-failed"}')) > 0,
      );
      for (let n = 0; n < 200; n += 1) assert.equal((await api.get('/products/prod-1')).status, 200);
      assert.equal(await api.stop(), 0);
      assert.equal(complaints().length, 1);
      await collector.stop();
    });
});
