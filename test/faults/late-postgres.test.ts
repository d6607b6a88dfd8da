import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Api, startApi } from '../support/api.ts';
import { type BadNetwork, startBadNetwork } from '../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { onPort } from '../support/on-port.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { type Answered, SteadyLoad } from '../support/steady-load.ts';
import { until } from '../support/until.ts';

const HELD = 50;
/** Each way: a statement takes twice as long, a new connection several times. */
const LATE_MS = 200;
const LATE_FOR_MS = 5_000;
/** One by one it would be a tenth. At first single keys are under way, and what waits behind them is refused: the more, the busier the machine. */
const LEAST_SHARE = 0.8;
const LONGEST_MS = 2_500;

describe('Postgres behind a network that makes everything 200 ms late', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let network: BadNetwork;
  let api: Api;
  let next = HELD;

  const held = Array.from({ length: HELD }, (_, n) => `/products/prod-${n}`);

  /** Requests after the moment it became late, half of them for keys that were not read before. */
  async function askedWhileLate(): Promise<readonly Answered[]> {
    const load = new SteadyLoad({
      url: api.url,
      heldPaths: held,
      otherPath: () => `/products/prod-${next++}`,
    });
    await pause(1_000);
    const lateFromMs = performance.now();
    network.weather = { kind: 'late', ms: LATE_MS };
    await pause(LATE_FOR_MS);
    await load.stop();
    return load.answers.filter(({ askedAtMs }) => askedAtMs >= lateFromMs);
  }

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(20_000), startRedisServer()]);
    const { port } = new URL(catalogue.url);
    network = await startBadNetwork(() => Number(port));
    api = await startApi({ DATABASE_URL: onPort(catalogue.url, network.port), REDIS_URL: redis.url });
    for (const path of held) assert.equal((await api.get(path)).status, 200);
  });
  after(async () => {
    await api.stop();
    await network.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('finds as many connections ready as loads may run at once', async () => {
    const ready = async () => (await api.metric('database_pool_connections{state="total"}')) >= 4;
    await until('there are four', ready);
  });

  it('is asked for more keys per statement: most misses are answered in time', async (context) => {
    const asked = await askedWhileLate();
    const others = asked.filter(({ keyClass }) => keyClass === 'other');
    const served = others.filter(({ status }) => status === 200).length;
    const slowestMs = Math.max(...asked.map(({ tookMs }) => tookMs));
    context.diagnostic(
      `${served} of ${others.length} answered, the slowest after ${Math.round(slowestMs)} ms`,
    );
    assert.deepEqual(
      asked.filter(({ keyClass, status }) => keyClass === 'held' && status !== 200),
      [],
    );
    assert.ok(others.length > 100 && served >= others.length * LEAST_SHARE, `${served} of ${others.length}`);
    assert.ok(slowestMs <= LONGEST_MS, `${slowestMs} ms`);
  });
});
