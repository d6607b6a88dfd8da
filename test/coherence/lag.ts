import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../support/api.ts';
import { createCatalogue } from '../support/catalogue.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { startRedisServer } from '../support/redis-server.ts';

const PRODUCTS = 20_000;
const SINGLES = 300;
const BULKS = 10;
const BULK_ROWS = 10_000;
const SAMPLED = 20;
/** Asking without a pause would measure how the askers crowd out those who are asked. */
const ASK_EVERY_MS = 1;

/** How long after a commit the last of four processes serves the new state, with Redis up and nothing else going on. */
const [catalogue, redis] = await Promise.all([createCatalogue(PRODUCTS), startRedisServer()]);
const fleet: Fleet = await startFleet(4, { DATABASE_URL: catalogue.url, REDIS_URL: redis.url });

async function stockOf(api: Api, id: string): Promise<number> {
  return ((await (await api.get(`/products/${id}`)).json()) as { stock: number }).stock;
}

async function lastServes(ids: readonly string[], stocks: ReadonlyMap<string, number>): Promise<number> {
  const startMs = performance.now();
  const follow = async (api: Api, id: string) => {
    while ((await stockOf(api, id)) < (stocks.get(id) ?? 0)) await pause(ASK_EVERY_MS * ids.length);
  };
  await Promise.all(fleet.apis.flatMap((api) => ids.map((id) => follow(api, id))));
  return performance.now() - startMs;
}

async function measure(
  ids: readonly string[],
  change: () => Promise<{ id: string; stock: number }[]>,
): Promise<number> {
  for (const api of fleet.apis) for (const id of ids) await stockOf(api, id);
  const stocks = new Map((await change()).map(({ id, stock }) => [id, stock]));
  return lastServes(ids, stocks);
}

function describe(name: string, lagsMs: number[]): string {
  const sorted = lagsMs.sort((one, other) => one - other);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
  return `${name}: median ${at(0.5)} ms, p99 ${at(0.99)} ms, maximum ${at(1)} ms of ${sorted.length}\n`;
}

const singles: number[] = [];
for (let n = 0; n < SINGLES; n += 1) {
  const id = `prod-${n}`;
  singles.push(
    await measure([id], () =>
      catalogue.sql('UPDATE products SET stock = stock + 1 WHERE id = $1 RETURNING id, stock', [id]),
    ),
  );
}
process.stdout.write(describe('a change of one row', singles));

const bulks: number[] = [];
const sample = Array.from({ length: SAMPLED }, (_, n) => `prod-${n * (BULK_ROWS / SAMPLED)}`);
const first = Array.from({ length: BULK_ROWS }, (_, n) => `prod-${n}`);
for (let n = 0; n < BULKS; n += 1) {
  bulks.push(
    await measure(sample, () =>
      catalogue.sql('UPDATE products SET stock = stock + 1 WHERE id = ANY($1) RETURNING id, stock', [first]),
    ),
  );
}
process.stdout.write(describe(`a change of ${BULK_ROWS} rows`, bulks));
await fleet.stop();
await redis.stop();
await catalogue.drop();
