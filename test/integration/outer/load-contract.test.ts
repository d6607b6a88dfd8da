import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { WRITER_KEY } from '../../support/writer-key.ts';
import { Aborted } from './support/k6-runtime/execution.ts';
import { ran } from './support/k6-runtime/ran.ts';
import { iterate, type LoadScenario, loadScenario, partsOf, SCENARIOS } from './support/load-scenario.ts';
import { projectFile } from './support/project.ts';

const PRODUCTS = '120';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

interface Description {
  readonly paths: Readonly<Record<string, object>>;
}

/** `GET /products/:id`: the operations that docs/openapi.json describes. */
function described(): string[] {
  const { paths } = JSON.parse(projectFile('docs/openapi.json')) as Description;
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => METHODS.includes(method))
      .map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
}

// The scenarios import no code of the service: only this shows that their rules are still its contract.
describe('the load scenarios, run on the service without k6', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(Number(PRODUCTS)), startRedisServer()]);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
  });
  afterEach(() => ran.clear());
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  const load = (name: string, more: Record<string, string> = {}): Promise<LoadScenario> =>
    loadScenario(name, { BASE_URL: api.url, PRODUCTS, API_KEY: WRITER_KEY, ...more });

  for (const name of SCENARIOS) {
    it(`${name} finds every answer right`, async () => {
      const scenario = await load(name);
      const data = scenario.setup();
      for (const part of partsOf(scenario)) iterate(scenario, part, name === 'smoke' ? 2 : 8, data);
      scenario.teardown?.(data);
      const wrong = ran.checks.filter(({ ok }) => !ok).map(({ name: rule }) => rule);
      assert.deepEqual([...new Set(wrong)], []);
      assert.ok(ran.checks.length > 20);
      const failed = ran.samples.filter(({ metric }) => metric.startsWith('failed_over_time'));
      // A machine that is busy elsewhere has the service refuse some: those have been checked as refusals.
      assert.ok(failed.length <= ran.requests.length / 10, `${failed.length} of ${ran.requests.length}`);
    });
  }

  it('smoke visits every operation that is described', async () => {
    const scenario = await load('smoke');
    iterate(scenario, { name: 'smoke', exec: 'smoke' }, 1, undefined);
    const visited = ran.requests.map(({ tags }) => tags['name']?.replace(/\?ids$| \(.*\)$/, ''));
    assert.deepEqual([...new Set(visited)].sort(), described().sort());
  });

  it('smoke shows that writing is refused if it has no key', async () => {
    const scenario = await load('smoke', { API_KEY: '' });
    iterate(scenario, { name: 'smoke', exec: 'smoke' }, 1, undefined);
    const methods = ran.requests.filter(({ method }) => method !== 'GET').map(({ tags }) => tags['name']);
    assert.deepEqual(methods, ['POST /products (no key)']);
    assert.ok(ran.checks.every(({ ok }) => ok));
  });

  it('write-mix compares what it reads with what it wrote last', async () => {
    const scenario = await load('write-mix');
    iterate(scenario, { name: 'write_mix', exec: 'readOrWrite' }, 300, undefined);
    const compared = ran.samples.filter(({ metric }) => metric === 'compared_answers');
    const older = ran.samples.filter(({ metric, value }) => metric === 'older_answers' && value > 0);
    assert.ok(compared.length > 20, String(compared.length));
    assert.deepEqual(older, []);
  });

  it('count answers by the tier that Cache-Status names', async () => {
    const scenario = await load('steady');
    iterate(scenario, { name: 'steady', exec: 'read' }, 40, scenario.setup());
    const tiers = ran.samples.filter(({ metric }) => metric === 'answers').map(({ tags }) => tags['cache']);
    assert.deepEqual([...new Set(tiers)], ['l1']);
  });

  it('do not begin on a service that is down, or is another, or has too few products, and say which', async () => {
    const reasonOf = async (more: Record<string, string>) => {
      const scenario = await load('mix', more);
      try {
        scenario.setup();
      } catch (error) {
        if (error instanceof Aborted) return error.message;
        throw error;
      }
      return 'begins';
    };
    assert.equal(await reasonOf({}), 'begins');
    assert.match(await reasonOf({ BASE_URL: 'http://127.0.0.1:1' }), /^Target down: /);
    assert.match(
      await reasonOf({ PRODUCTS: '121' }),
      /^Catalogue too small: .* no prod-120, but PRODUCTS is 121/,
    );
  });

  it('do not begin without a key if they write', async () => {
    for (const name of ['write-mix', 'flashsale']) {
      const scenario = await load(name, { API_KEY: '' });
      assert.throws(() => scenario.setup(), /^Error: API_KEY is not set/);
    }
  });
});
