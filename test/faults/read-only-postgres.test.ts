import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Api, startApi } from '../support/api.ts';
import { type BadNetwork, startBadNetwork } from '../support/bad-network.ts';
import { createCatalogue } from '../support/catalogue.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { send } from '../support/send.ts';
import { until } from '../support/until.ts';

const PRODUCTS = 5_000;
const COLD_READS_EVERY_MS = 20;
const WRITE_EVERY_MS = 50;
const FOR_MS = 4_000;
const HEALS_WITHIN_MS = 2_000;

interface Health {
  readonly details: { readonly postgres: { readonly status: string; readonly message?: string } };
}

describe('a Postgres that turns read-only', () => {
  let postgres: OwnPostgres;
  let promoted: OwnPostgres;
  let old: pg.Pool;
  let successor: pg.Pool;
  let redis: RedisServer;
  let network: BadNetwork;
  let api: Api;
  let leadsTo: () => OwnPostgres;
  let next = 100;

  const change = (id: string, stock: number) => send(api, 'PATCH', `/products/${id}`, { stock });
  const stockOf = async (id: string, headers = {}) =>
    ((await (await api.get(`/products/${id}`, headers)).json()) as { stock: number }).stock;
  const setReadOnly = async (mode: 'on' | 'off') => {
    await old.query(`ALTER SYSTEM SET default_transaction_read_only = ${mode}`);
    await old.query('SELECT pg_reload_conf()');
  };
  const indicator = async () => ((await (await api.get('/health')).json()) as Health).details.postgres;
  const isChanged = async () => (await change('prod-1', 1)).status === 200;

  async function elapsedUntil(what: string, condition: () => Promise<boolean>): Promise<number> {
    const fromMs = performance.now();
    await until(what, condition, 10_000);
    return performance.now() - fromMs;
  }

  before(async () => {
    [postgres, redis] = await Promise.all([startOwnPostgres(), startRedisServer()]);
    const template = await createCatalogue(PRODUCTS, postgres.url);
    promoted = await postgres.promoteCopy();
    const { pathname } = new URL(template.url);
    const addressOn = (server: OwnPostgres) => Object.assign(new URL(server.url), { pathname });
    old = new pg.Pool({ connectionString: addressOn(postgres).href });
    successor = new pg.Pool({ connectionString: addressOn(promoted).href });
    // A pool ends before its connections do: a server that stops then terminates them, which the pool emits.
    for (const pool of [old, successor]) pool.on('error', () => undefined);
    leadsTo = () => postgres;
    network = await startBadNetwork(() => leadsTo().port);
    const url = addressOn(postgres);
    url.port = String(network.port);
    api = await startApi({ DATABASE_URL: url.href, REDIS_URL: redis.url });
  });
  after(async () => {
    await api.stop();
    await network.stop();
    await redis.stop();
    await Promise.all([old.end(), successor.end()]);
    await postgres.stop();
    await promoted.stop();
  });

  it('serves every read, and refuses every change with 503, until it takes changes again', async (context) => {
    await setReadOnly('on');
    const reads: Promise<number>[] = [];
    const writes: ReturnType<typeof change>[] = [];
    const reading = setInterval(() => {
      reads.push(api.get(`/products/prod-${next++}`).then(({ status }) => status));
    }, COLD_READS_EVERY_MS);
    const writing = setInterval(() => writes.push(change(`prod-${writes.length}`, 1)), WRITE_EVERY_MS);
    await pause(FOR_MS);
    clearInterval(reading);
    clearInterval(writing);
    const statuses = await Promise.all(reads);
    assert.ok(
      statuses.length > 100 && writes.length > 40,
      `${statuses.length} reads, ${writes.length} writes`,
    );
    assert.deepEqual(
      statuses.filter((status) => status !== 200),
      [],
    );
    for (const { status, headers, text } of await Promise.all(writes)) {
      assert.deepEqual([status, JSON.parse(text).code], [503, 'WRITE_UNAVAILABLE']);
      assert.match(text, /read-only/);
      assert.ok(Number(headers.get('retry-after')) > 0);
    }
    assert.match(JSON.stringify(await indicator()), /read-only.*degraded/);
    await setReadOnly('off');
    const tookMs = await elapsedUntil('changes are made again', isChanged);
    context.diagnostic(
      `${statuses.length} cold reads; changes are made again after ${Math.round(tookMs)} ms`,
    );
    assert.ok(tookMs <= HEALS_WITHIN_MS, `${tookMs} ms`);
    await until('health says so', async () => (await indicator()).status === 'up');
  });

  it('is left for the new primary when the address moves, although it lives on and there are no writes', async (context) => {
    assert.equal(await stockOf('prod-20'), 20);
    await setReadOnly('on');
    await successor.query(`UPDATE products SET stock = 7777 WHERE id IN ('prod-20', 'prod-21')`);
    leadsTo = () => promoted;
    const readMs = await elapsedUntil('reads are those of the new primary', async () => {
      return (await stockOf('prod-21', { 'cache-control': 'no-cache' })) === 7777;
    });
    const heldMs = await elapsedUntil(
      'held entries are too',
      async () => (await stockOf('prod-20')) === 7777,
    );
    const writeMs = await elapsedUntil('changes are made', isChanged);
    const leftMs = await elapsedUntil('no session is left on the old one', async () => {
      const { rows } = await old.query(
        `SELECT FROM pg_stat_activity WHERE application_name LIKE 'hotshelf%' AND datname = current_database()`,
      );
      return rows.length === 0;
    });
    context.diagnostic([readMs, heldMs, writeMs, leftMs].map((ms) => Math.round(ms)).join(' ms, '));
    const movedMs = readMs + heldMs + writeMs + leftMs;
    assert.ok(movedMs <= HEALS_WITHIN_MS, `${movedMs} ms`);
    // A burst takes every connection of the pool: none of them leads to the old one.
    const burst = Array.from({ length: 200 }, async (_, n) => {
      await successor.query(`UPDATE products SET stock = 8888 WHERE id = 'prod-${1_000 + n}'`);
      return stockOf(`prod-${1_000 + n}`);
    });
    assert.deepEqual(new Set(await Promise.all(burst)), new Set([8888]));
  });
});
