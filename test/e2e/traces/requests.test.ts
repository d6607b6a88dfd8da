import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type OtlpCollector, type ReceivedSpan, startOtlpCollector } from '../../support/otlp-collector.ts';
import { redisKeys } from '../../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { asWriter } from '../../support/writer-key.ts';

const SERVER = 2;

describe('the trace of a request', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let collector: OtlpCollector;
  let api: Api;
  let other: Api;

  /** Its id in the answer's `traceparent`. */
  const traceIdOf = (response: Response) => response.headers.get('traceparent')?.split('-')[1] ?? '';
  /** The server span of an answer, once it was exported; the spans below it ended before it. */
  const serverSpan = (response: Response) => {
    const [, traceId, spanId] = response.headers.get('traceparent')?.split('-') ?? [];
    return collector.find(
      'the server span',
      (span) => span.kind === SERVER && span.traceId === traceId && span.spanId === spanId,
    );
  };
  const nameOf = ({ name }: ReceivedSpan) => name;
  const spansOf = async (response: Response) => {
    await serverSpan(response);
    return collector.trace(traceIdOf(response));
  };
  const settled = (started: Api) =>
    until('L2 is trusted', async () => {
      const { status } = (await (await fetch(`${started.url}/health`)).json()) as { status: string };
      return status === 'ok';
    });

  before(async () => {
    [catalogue, redis, collector] = await Promise.all([
      createCatalogue(300),
      startRedisServer(),
      startOtlpCollector(),
    ]);
    const settings = {
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      REDIS_COMMAND_TIMEOUT: '1s',
      // Loads that a test holds up are not to end by themselves on a busy machine.
      DATABASE_LOAD_TIMEOUT: '5s',
      SHED_READ_TIMEOUT: '5100ms',
      CACHE_LEASE_TTL: '6s',
    };
    api = await startApi({
      ...settings,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=very%20secret',
      OTEL_SERVICE_NAME: 'shelf',
      BUILD_VERSION: '1.2.3',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    // It leads the relay before the other one starts.
    await settled(api);
    other = await startApi(settings);
    await settled(other);
    // The first request to the route makes it hot.
    await api.get('/products/prod-1');
  });
  after(async () => {
    await Promise.all([api.stop(), other.stop()]);
    await Promise.all([redis.stop(), catalogue.drop(), collector.stop()]);
  });

  it('has one span for a hit in L1, with the semantic conventions of HTTP', async () => {
    const response = await api.get('/products/prod-1?x=1', { 'x-request-id': 'mine' });
    assert.match(response.headers.get('cache-status') ?? '', /detail=l1$/);
    const span = await serverSpan(response);
    assert.equal(span.name, 'GET /products/:id');
    assert.equal(span.parentSpanId, '');
    assert.equal(span.status, 0);
    assert.deepEqual(span.attributes, {
      'http.request.method': 'GET',
      'url.path': '/products/prod-1',
      'url.scheme': 'http',
      'http.route': '/products/:id',
      'http.response.status_code': 200,
      'http.request.header.x-request-id': ['mine'],
      'cache.served_from': 'l1',
      'cache.stale': false,
    });
    assert.deepEqual(collector.trace(span.traceId), [span]);
    assert.equal(span.resource['service.name'], 'shelf');
    assert.equal(span.resource['service.version'], '1.2.3');
    assert.equal(span.resource['deployment.environment.name'], 'test');
    assert.equal(span.resource['process.pid'], api.pid);
  });

  it('goes to the address of OTLP with the configured headers', () => {
    const [request] = collector.requests;
    assert.equal(request?.url, '/v1/traces');
    assert.equal(request?.headers['x-collector-key'], 'very secret');
    assert.ok(api.lines().every((line) => !line.includes('very secret')));
  });

  it('shows the batch get and the Redis command of a hit in L2', async () => {
    await other.get('/products/prod-2');
    const response = await api.get('/products/prod-2');
    assert.match(response.headers.get('cache-status') ?? '', /detail=redis$/);
    const spans = await spansOf(response);
    const [command, batch, server] = [/^redis /, /^cache\.batch_get$/, /^GET \/products\/:id$/].map((name) =>
      spans.find((span) => name.test(span.name)),
    );
    assert.deepEqual(
      [spans.length, server?.attributes['cache.served_from']],
      [3, 'redis'],
      String(spans.map(nameOf)),
    );
    assert.equal(command?.parentSpanId, batch?.spanId);
    assert.equal(batch?.parentSpanId, server?.spanId);
    assert.equal(command?.attributes['db.system.name'], 'redis');
  });

  it('shows the one load of a key, and the other readers link to it', async () => {
    const unlock = await catalogue.lock('products');
    const asked = Array.from({ length: 5 }, () => api.get('/products/prod-3'));
    await until('they wait for Postgres', async () => {
      const rows = await catalogue.sql(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
      return rows.length > 0;
    });
    await until('all five wait for the load', async () => (await api.metric('cache_coalesced_total')) >= 4);
    await unlock();
    const responses = await Promise.all(asked);
    const servers = await Promise.all(responses.map(serverSpan));
    const reads = collector
      .spans()
      .filter(
        ({ name, traceId }) => name === 'cache.read' && servers.some((each) => each.traceId === traceId),
      );
    assert.equal(reads.length, 1);
    const [read] = reads as [ReceivedSpan];
    const below = collector.trace(read.traceId);
    const load = below.find(({ name }) => name === 'cache.load');
    const batch = below.find(({ name }) => name === 'db.batch_load');
    const statement = below.find(({ name }) => name === 'postgres SELECT');
    assert.equal(load?.parentSpanId, read.spanId);
    assert.equal(batch?.parentSpanId, load?.spanId);
    assert.equal(statement?.parentSpanId, batch?.spanId);
    assert.deepEqual(statement?.attributes, {
      'db.system.name': 'postgresql',
      'db.operation.name': 'SELECT',
      'db.response.returned_rows': 1,
    });
    const linked = servers.filter(({ links }) => links.some(({ spanId }) => spanId === read.spanId));
    assert.equal(linked.length, 4);
    assert.ok(linked.every(({ traceId }) => traceId !== read.traceId));
  });

  it('shows the wait for another process that loads the key', async () => {
    const held = 'cache_leases_total{outcome="held-by-another"}';
    const before = await api.metric(held);
    const unlock = await catalogue.lock('products');
    const loading = other.get('/products/prod-20');
    await until(
      'the other process has the lease',
      async () => (await redis.client.exists(redisKeys.lease('product:prod-20'))) === 1,
    );
    const waiting = api.get('/products/prod-20');
    await until('this one waits', async () => (await api.metric(held)) > before);
    await unlock();
    assert.equal((await loading).status, 200);
    const spans = await spansOf(await waiting);
    const read = spans.find(({ name }) => name === 'cache.read');
    const wait = spans.find(({ name }) => name === 'cache.lease_wait');
    assert.ok(read !== undefined && wait !== undefined, String(spans.map(nameOf)));
    assert.equal(wait.parentSpanId, read.spanId);
    assert.ok(!spans.some(({ name }) => name === 'cache.load' || name.startsWith('postgres')));
  });

  it('shows the statement and the Redis commands of a write, and no values', async () => {
    const response = await fetch(`${api.url}/products/prod-4/stock`, {
      method: 'POST',
      headers: { ...asWriter, 'content-type': 'application/json' },
      body: '{"delta":1}',
    });
    assert.equal(response.status, 200);
    const spans = await spansOf(response);
    const server = await serverSpan(response);
    assert.equal(server.name, 'POST /products/:id/stock');
    assert.ok(
      spans.some(({ name }) => name === 'postgres UPDATE'),
      String(spans.map(nameOf)),
    );
    assert.ok(
      spans.some(({ name }) => name === 'redis hotshelfPut'),
      String(spans.map(nameOf)),
    );
    assert.ok(!JSON.stringify(spans.filter((span) => span !== server)).includes('prod-4'));
  });

  it('has a trace of its own for the changes that the relay applies', async () => {
    await catalogue.sql(`UPDATE products SET stock = stock + 1 WHERE id = 'prod-5'`);
    const applied = await collector.find('the applied changes', ({ name }) => name === 'relay.apply');
    assert.equal(applied.parentSpanId, '');
    assert.equal(applied.attributes['relay.replay'], false);
  });

  it('names the error of an answer that failed, and none of an answer that says no', async () => {
    const missing = await serverSpan(await api.get('/products/no-such-product'));
    assert.deepEqual([missing.status, missing.attributes['http.response.status_code']], [0, 404]);
    const unlock = await catalogue.lock('products');
    const failed = await serverSpan(await api.get('/products/prod-6')).finally(unlock);
    assert.deepEqual([failed.status, failed.attributes['error.type']], [2, '503']);
  });

  it('goes on with the trace of the caller', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'vendor=x' };
    const response = await api.get('/products/prod-1', headers);
    assert.equal(traceIdOf(response), traceId);
    const span = await serverSpan(response);
    assert.deepEqual([span.parentSpanId, span.traceState], ['b7ad6b7169203331', 'vendor=x']);
    assert.notEqual(response.headers.get('traceparent'), headers.traceparent);
  });

  it('is not recorded if the caller does not record it', async () => {
    const traceId = 'a'.repeat(32);
    const traceparent = `00-${traceId}-b7ad6b7169203331-00`;
    for (const id of ['prod-1', 'prod-7']) {
      const response = await api.get(`/products/${id}`, { traceparent });
      assert.equal(response.headers.get('traceparent'), traceparent);
    }
    // A later one was exported.
    await serverSpan(await api.get('/products/prod-1'));
    assert.deepEqual(collector.trace(traceId), []);
  });

  it('is named in the log lines of the request', async () => {
    const response = await api.get('/products/prod-8');
    await until('it is logged', () =>
      api.lines().some((line) => line.includes(`"trace_id":"${traceIdOf(response)}"`)),
    );
  });

  it('is an exemplar of the time of its answer, in OpenMetrics', async () => {
    const response = await api.get('/products/prod-1');
    const open = await (await api.get('/metrics', { accept: 'application/openmetrics-text' })).text();
    const line = open.split('\n').find((each) => each.includes(`trace_id="${traceIdOf(response)}"`));
    assert.match(
      line ?? '',
      /^api_request_latency_seconds_bucket\{le="[^"]+",endpoint="\/products\/:id",method="GET"\} \d+ # \{trace_id="[0-9a-f]{32}"\} [\d.e-]+ \d+\.\d{3}$/,
    );
    const [, bound] = /le="([^"]+)"/.exec(line ?? '') ?? [];
    const [, value] = /\} ([\d.e-]+) \d+\.\d{3}$/.exec(line ?? '') ?? [];
    assert.ok(bound === '+Inf' || Number(value) <= Number(bound), line);
    assert.ok(!(await (await api.get('/metrics')).text()).includes('trace_id'));
  });

  it('is counted when it was exported', async () => {
    await until('spans are counted', async () => (await api.metric('trace_spans_exported_total')) > 0);
    assert.equal(await api.metric('trace_spans_dropped_total{reason="queue-full"}'), 0);
    assert.equal(await api.metric('trace_spans_dropped_total{reason="export-failed"}'), 0);
  });
});
