import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DASHBOARDS } from '../../../deploy/dashboards/all.ts';
import { grafanaJson } from '../../../deploy/dashboards/grafana.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type Prometheus, startPrometheus } from '../../support/prometheus.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { send } from '../../support/send.ts';
import { SteadyLoad } from '../../support/steady-load.ts';
import { until } from '../../support/until.ts';
import { type Service, startWorkers } from '../workers/service.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCRAPE_SECONDS = 1;

/** What Grafana puts in the place of its variables: everything that there is. */
const VARIABLES: Readonly<Record<string, string>> = {
  $job: 'hotshelf',
  $instance: '.*',
  $route: '.*',
  // Four scrapes, as Grafana does.
  $__rate_interval: `${4 * SCRAPE_SECONDS}s`,
};

/** Panels and marks that may be empty after a run in which all is well again, each with its metric and the reason. */
const MAY_BE_EMPTY: readonly { readonly where: string; readonly metric: string; readonly because: string }[] =
  [
    {
      where: 'cache: p99 behind Postgres',
      metric: 'cache_behind_seconds',
      because: 'no sampled key was behind in any tier',
    },
  ];

/** Prometheus's own series: it has values while an alert fires. */
const ALERT_MARK = 'Alert fires';

interface Query {
  /** Dashboard and panel. */
  readonly where: string;
  readonly expr: string;
}

interface Board {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { expr: string }[] }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

function substituted(expr: string): string {
  return Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

const boards = DASHBOARDS.map(
  (dashboard) => [dashboard.name, grafanaJson(dashboard, 'runbook') as unknown as Board] as const,
);
const QUERIES: readonly Query[] = boards.flatMap(([name, { panels }]) =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `${name}: ${title}`, expr: substituted(expr) })),
  ),
);
const MARKS: readonly Query[] = (boards[0]?.[1].annotations.list ?? []).map(({ name, expr }) => ({
  where: name,
  expr: substituted(expr),
}));

describe('each query of the dashboards, in a Prometheus that scrapes the service', {
  timeout: 120_000,
}, () => {
  let redis: RedisServer;
  let catalogue: Catalogue;
  let service: Service;
  let prometheus: Prometheus;
  let load: SteadyLoad;

  before(async () => {
    redis = await startRedisServer();
    catalogue = await createCatalogue(5_000);
    service = await startWorkers(2, {
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      LOG_SAMPLE_RATE: '0',
    });
    const rules = readFileSync(join(ROOT, 'docker/prometheus/rules/hotshelf.yml'), 'utf8');
    prometheus = await startPrometheus({
      target: new URL(service.url).host,
      // Windows of days are evaluated rarely, which the test has no time for.
      rules: rules.replaceAll(/^ +interval: .*$/gm, ''),
      intervalSeconds: SCRAPE_SECONDS,
    });
    let other = 100;
    load = new SteadyLoad({
      url: service.url,
      heldPaths: Array.from({ length: 100 }, (_, n) => `/products/prod-${n}`),
      otherPath: () => `/products/prod-${other++}`,
      ratePerSecond: 100,
    });
  });
  after(async () => {
    await load?.stop();
    await prometheus?.stop();
    await service?.stop();
    await catalogue?.drop();
    await redis?.stop();
  });

  const hasData = async (expr: string) =>
    (await prometheus.query(expr)).some(({ values }) => values.some(Number.isFinite));

  it('shows a Redis that went away, and that it is back', async () => {
    const redisBreaker = 'breaker_state{dependency="redis", state="open"}';
    const last = async (expr: string) => (await prometheus.query(expr))[0]?.values.at(-1);
    await until('L2 is trusted', async () => (await last('cache_redis_trusted')) === 1);
    await until('L1 is synced', async () => (await last('min(cache_tracking_synced)')) === 1);
    await send(service, 'POST', '/products/prod-1/stock', { delta: 1 });
    const measured = 'sum(cache_invalidation_lag_seconds_count)';
    await until('the lag of its invalidation is seen', async () => ((await last(measured)) ?? 0) > 0);
    await redis.kill();
    await until('the breaker of Redis is seen open', async () => (await last(redisBreaker)) === 1);
    await send(service, 'POST', '/products/prod-2/stock', { delta: 1 });
    await until('the change is seen to wait', async () => ((await last('outbox_depth_rows')) ?? 0) > 0);
    await redis.restart();
    await until('the breaker of Redis is seen closed', async () => (await last(redisBreaker)) === 0);
    await until('L2 is trusted again', async () => (await last('cache_redis_trusted')) === 1);
    await until('the change has arrived', async () => (await last('outbox_depth_rows')) === 0);
  });

  it('shows a worker that died and was replaced', async () => {
    process.kill(service.workers()[0] ?? 0, 'SIGKILL');
    await until('the restart is seen', () => hasData('increase(worker_restarts_total[4s]) > 0'));
  });

  it('returns data for every panel', async () => {
    const exempt = new Set(MAY_BE_EMPTY.map(({ where }) => where));
    let missing = QUERIES.filter(({ where }) => !exempt.has(where));
    await until('every query has returned data', async () => {
      const answers = await Promise.all(
        missing.map(async (query) => ((await hasData(query.expr)) ? [] : [query])),
      );
      missing = answers.flat();
      return missing.length === 0;
    }).catch(() => undefined);
    assert.deepEqual(missing, []);
  });

  it('returns data for every mark', async () => {
    for (const { where, expr } of MARKS) assert.equal(await hasData(expr), where !== ALERT_MARK, where);
  });

  it('accepts the queries that may be empty, whose metrics are documented', async () => {
    const documented = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
    for (const { where, metric } of MAY_BE_EMPTY) {
      const queries = QUERIES.filter((query) => query.where === where);
      assert.ok(queries.length > 0, where);
      for (const { expr } of queries) {
        assert.ok(expr.includes(metric), where);
        await prometheus.query(expr);
      }
      assert.ok(documented.includes(`| \`${metric}\` |`), metric);
    }
  });

  it('fires no alert for a fault that was over within seconds', async () => {
    assert.deepEqual(await prometheus.query('ALERTS{alertstate="firing"}'), []);
  });
});
