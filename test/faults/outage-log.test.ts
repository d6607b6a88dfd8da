import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { onPort } from '../support/on-port.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { SteadyLoad } from '../support/steady-load.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

const PER_SECOND = 100;
const AWAY_MS = 8_000;
/** Of an outage of seconds, its beginning and its end included. */
const MOST_LINES = 20;

interface Line {
  readonly level: number;
  readonly context?: string;
  readonly requestId?: string;
  readonly code?: string;
  readonly status?: number;
  readonly answers?: number;
  readonly msg: string;
}

const WARNING = 40;

const linesOf = (api: Api): Line[] => api.lines().map((line) => JSON.parse(line));

describe('the log of an outage', () => {
  let postgres: OwnPostgres;
  let redis: RedisServer;
  let towardsPostgres: TcpProxy;
  let towardsRedis: TcpProxy;
  let catalogue: Catalogue;
  let api: Api;
  let next = 0;

  before(async () => {
    [postgres, redis] = await Promise.all([startOwnPostgres(), startRedisServer()]);
    towardsPostgres = await startTcpProxy(postgres.url);
    towardsRedis = await startTcpProxy(redis.url);
    catalogue = await createCatalogue(10_000, onPort(postgres.url, towardsPostgres.port));
  });
  beforeEach(async () => {
    api = await startApi({
      DATABASE_URL: catalogue.url,
      REDIS_URL: towardsRedis.url,
      LOG_SAMPLE_RATE: '0',
      // A busy machine is neither an outage nor news.
      LOG_SLOW_MS: '1h',
      REDIS_COMMAND_TIMEOUT: '1s',
    });
    await untilUsesRedis(api);
  });
  afterEach(async () => {
    await api.stop('SIGKILL');
  });
  after(async () => {
    await Promise.all([towardsPostgres.stop(), towardsRedis.stop()]);
    await redis.stop();
    await postgres.stop();
  });

  /** Reads at a steady rate, half of them of keys that are cached nowhere, while a dependency is away. */
  async function duringOutage(begin: () => Promise<void>, end: () => Promise<void>): Promise<Line[]> {
    await api.get('/products/prod-1');
    const before = api.lines().length;
    const load = new SteadyLoad({
      url: api.url,
      heldPaths: ['/products/prod-1'],
      otherPath: () => `/products/prod-${100 + next++}`,
      ratePerSecond: PER_SECOND,
    });
    await pause(1_000);
    await begin();
    await pause(AWAY_MS);
    await end();
    await until('nothing is degraded', async () => {
      const health = (await (await api.get('/health')).json()) as { status: string };
      return health.status === 'ok';
    });
    await until('it says so', () =>
      linesOf(api)
        .slice(before)
        .some(({ msg }) => / is available again /.test(msg)),
    );
    await load.stop();
    return linesOf(api).slice(before);
  }

  const shown = (lines: readonly Line[]) => lines.map((line) => JSON.stringify(line)).join('\n');

  function assertFewAndOfNoRequest(lines: readonly Line[]): void {
    assert.ok(lines.length <= MOST_LINES, `${lines.length} lines:\n${shown(lines.slice(0, 60))}`);
    const strange = lines.filter(
      ({ context, requestId }) => context !== 'Request' && requestId !== undefined,
    );
    assert.deepEqual(strange, []);
  }

  const about = (lines: readonly Line[], dependency: string) =>
    lines.filter(({ msg }) => msg.startsWith(`${dependency} is `)).map(({ msg }) => msg);

  it('has two lines of a Postgres that went away and came back, the first with the cause', async (context) => {
    const lines = await duringOutage(
      async () => {
        await postgres.kill();
        await towardsPostgres.refuse();
      },
      async () => {
        await postgres.restart();
        towardsPostgres.leadTo(postgres.port);
        await towardsPostgres.accept();
      },
    );
    context.diagnostic(`${lines.length} lines:\n${shown(lines)}`);
    assertFewAndOfNoRequest(lines);
    // Summed up by a timer that the first of these requests has set.
    const sums = () => linesOf(api).filter(({ answers }) => answers !== undefined);
    await until('the refusals are summed up', () => sums().length > 0);
    assertFewAndOfNoRequest(sums());
    const [gone, back, ...others] = about(lines, 'Postgres');
    assert.match(
      gone ?? '',
      new RegExp(
        `^Postgres is unavailable at 127\\.0\\.0\\.1:${towardsPostgres.port} \\(connect ECONNREFUSED `,
      ),
    );
    assert.match(gone ?? '', /503/);
    assert.match(back ?? '', /^Postgres is available again after \d+(?:\.\d)? s/);
    assert.deepEqual(others, []);
  });

  it('sums up the requests that are answered 503, by their code', async () => {
    const before = linesOf(api).length;
    await postgres.kill();
    await towardsPostgres.refuse();
    let refused = 0;
    try {
      while (refused < 300) {
        const { status } = await api.get(`/products/prod-${5_000 + next++}`);
        if (status === 503) refused += 1;
      }
    } finally {
      await postgres.restart();
      towardsPostgres.leadTo(postgres.port);
      await towardsPostgres.accept();
    }
    await api.stop('SIGTERM');
    const answered = linesOf(api)
      .slice(before)
      .filter(({ context }) => context === 'Request');
    assert.ok(answered.length <= 4, shown(answered));
    const [first, ...summaries] = answered;
    assert.ok(first?.requestId);
    assert.deepEqual([first.status, first.code], [503, 'ORIGIN_UNAVAILABLE']);
    const counted = summaries.reduce((sum, { answers = 0 }) => sum + answers, 0);
    assert.equal(counted + 1, refused);
    for (const { code, status } of summaries) assert.deepEqual([status, code], [503, 'ORIGIN_UNAVAILABLE']);
  });

  it('has two lines of a Redis that went away and came back, the first with the cause', async (context) => {
    const lines = await duringOutage(
      async () => {
        await redis.kill();
        await towardsRedis.refuse();
      },
      async () => {
        await redis.restart();
        await towardsRedis.accept();
      },
    );
    context.diagnostic(`${lines.length} lines:\n${shown(lines)}`);
    assertFewAndOfNoRequest(lines);
    const [gone, back, ...others] = about(lines, 'Redis');
    assert.match(
      gone ?? '',
      new RegExp(`^Redis is unavailable at 127\\.0\\.0\\.1:${towardsRedis.port} \\(connect ECONNREFUSED `),
    );
    assert.match(back ?? '', /^Redis is available again after \d+(?:\.\d)? s/);
    assert.deepEqual(others, []);
  });

  it('has the line of a dependency that falls silent as well', async () => {
    const lines = await duringOutage(
      async () => redis.pause(),
      async () => redis.resume(),
    );
    assertFewAndOfNoRequest(lines);
    assert.equal(about(lines, 'Redis').length, 2, shown(lines));
    assert.match(about(lines, 'Redis')[0] ?? '', /\(TIMEOUT/);
  });

  it('has the lines of a Postgres that goes away while no request comes', async () => {
    const before = linesOf(api).length;
    await postgres.kill();
    await towardsPostgres.refuse();
    const since = () => linesOf(api).slice(before);
    try {
      await until('its line is written', () => about(since(), 'Postgres').length === 1);
    } finally {
      await postgres.restart();
      towardsPostgres.leadTo(postgres.port);
      await towardsPostgres.accept();
    }
    await until('that of its return is', () => about(since(), 'Postgres').length === 2);
    assertFewAndOfNoRequest(since());
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`has no warning of a service that is ended by ${signal}`, async () => {
      await api.get('/products/prod-1');
      const before = linesOf(api).length;
      assert.equal(await api.stop(signal), 0);
      const warnings = linesOf(api)
        .slice(before)
        .filter(({ level }) => level >= WARNING);
      assert.deepEqual(warnings, []);
      assert.deepEqual(api.errorLines(), []);
    });
  }
});
