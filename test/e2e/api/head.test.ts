import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';

interface Received {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** By Node's own client, which shows what came over the wire and tidies nothing up. */
function receive(url: string, method: string, headers: Record<string, string> = {}): Promise<Received> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** Of these each answer has its own. */
const OF_THE_ANSWER = ['date', 'x-request-id', 'age', 'cache-status'];

const shared = ({ headers }: Received) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_ANSWER.includes(name)));

describe('HEAD', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(50), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  const cacheable = [
    ['/products/:id', '/products/prod-1'],
    ['/products', '/products?ids=prod-1,prod-2,nope'],
    ['/products', '/products?category=cat-test&limit=3'],
    ['/categories', '/categories'],
    ['/categories/:id', '/categories/cat-test'],
  ] as const;

  for (const [endpoint, path] of cacheable) {
    it(`of ${path} has the headers of GET, its length too, and no body`, async () => {
      const get = await receive(api.url + path, 'GET');
      const head = await receive(api.url + path, 'HEAD');
      assert.equal(head.status, 200);
      assert.equal(head.body, '');
      assert.equal(head.headers['content-length'], String(Buffer.byteLength(get.body)));
      assert.deepEqual(shared(head), shared(get));
      for (const name of ['etag', 'cache-control', 'cache-status', 'age']) {
        assert.ok(head.headers[name] !== undefined, name);
      }
      assert.match(String(get.headers['cache-control']), /stale-while-revalidate=\d+/);
    });

    it(`of ${path} answers 304 to a client that has it`, async () => {
      const { headers } = await receive(api.url + path, 'GET');
      for (const method of ['GET', 'HEAD']) {
        const again = await receive(api.url + path, method, { 'if-none-match': String(headers['etag']) });
        assert.equal(again.status, 304, method);
        assert.equal(again.body, '');
        assert.equal(again.headers['etag'], headers['etag']);
        assert.equal(again.headers['cache-control'], headers['cache-control']);
      }
    });

    it(`of ${path} is counted under ${endpoint}`, async () => {
      const series = `api_request_latency_seconds_count{endpoint="${endpoint}",method="HEAD"}`;
      const before = await api.metric(series);
      await receive(api.url + path, 'HEAD');
      assert.equal(await api.metric(series), before + 1);
    });
  }

  for (const path of ['/health', '/health/live', '/health/ready', '/metrics', '/docs-json']) {
    it(`of ${path} has the status and the type of GET, and no body`, async () => {
      const get = await receive(api.url + path, 'GET');
      const head = await receive(api.url + path, 'HEAD');
      assert.equal(head.status, get.status);
      assert.equal(head.status, 200);
      assert.equal(head.body, '');
      assert.equal(head.headers['content-type'], get.headers['content-type']);
      assert.ok(Number(head.headers['content-length']) > 0);
    });
  }

  for (const [path, status] of [
    ['/products/nope', 404],
    ['/products/-x', 400],
    ['/products?limit=0', 400],
    ['/nothing', 404],
  ] as const) {
    it(`of ${path} answers ${status} without a body`, async () => {
      const head = await receive(api.url + path, 'HEAD');
      assert.equal(head.status, status);
      assert.equal(head.body, '');
      assert.equal(head.headers['content-type'], 'application/problem+json');
    });
  }
});
