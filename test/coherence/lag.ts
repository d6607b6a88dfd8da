import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '../bench/load/connection.ts';
import { createCatalogue } from '../support/catalogue.ts';
import { startFleet } from '../support/fleet.ts';
import { startRedisServer } from '../support/redis-server.ts';

const PROCESSES = 4;
const PRODUCTS = 20_000;
const SINGLES = 300;
const BULKS = 20;
const BULK_ROWS = 10_000;
/** Rows of a bulk change that are read until the end of it, all over it in the order in which they are applied: the last one too. */
const SAMPLED = 20;
/** Asking without a pause would measure how the askers crowd out those who are asked. */
const SINGLE_ASKED_EVERY_MS = 1;
const BULK_ASKED_EVERY_MS = 5;
/** A change is applied, and its process at rest, before the next one. */
const SETTLED_MS = 500;

/** How long after a commit the last of four processes serves the new state, with Redis up and nothing else going on. */
const [catalogue, redis] = await Promise.all([createCatalogue(PRODUCTS), startRedisServer()]);
const fleet = await startFleet(PROCESSES, { DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
const connections = fleet.apis.map(({ url }) => new Connection(Number(new URL(url).port)));

/**
 * Over a raw socket, since this process shares the machine with those that it measures.
 *
 * @returns the tag of the state that is served; null if the answer is an error
 */
function tagOf(connection: Connection, id: string): Promise<string | null> {
  return new Promise((resolve) => {
    const request = `GET /products/${id} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
    connection.send(request, performance.now(), (outcome) => {
      const isServed = outcome.kind === 'answered' && outcome.answer.status === 200;
      resolve(isServed ? (/\r\netag: (\S+)/i.exec(outcome.answer.head)?.[1] ?? null) : null);
    });
  });
}

interface Lag {
  readonly ms: number;
  /** The CPU time of this process meanwhile. */
  readonly askingMs: number;
}

/**
 * Each process is asked for one row after the other, each until it serves another state than before the change: a state that was
 * served is not followed by an older one.
 */
async function measure(
  ids: readonly string[],
  everyMs: number,
  change: () => Promise<unknown>,
): Promise<Lag> {
  const before: (string | null)[][] = [];
  for (const connection of connections) {
    const tags: (string | null)[] = [];
    for (const id of ids) tags.push(await tagOf(connection, id));
    before.push(tags);
  }
  if (before.flat().includes(null)) throw new Error('a product was not served before its change');
  await change();
  const startMs = performance.now();
  const usage = process.cpuUsage();
  const follow = async (connection: Connection, former: readonly (string | null)[]) => {
    for (const [n, id] of ids.entries()) {
      for (;;) {
        const tag = await tagOf(connection, id);
        if (tag !== null && tag !== former[n]) break;
        await pause(everyMs);
      }
    }
  };
  await Promise.all(connections.map((connection, n) => follow(connection, before[n] ?? [])));
  const { user, system } = process.cpuUsage(usage);
  return { ms: performance.now() - startMs, askingMs: (user + system) / 1_000 };
}

function describe(name: string, lags: readonly Lag[]): string {
  const sorted = lags.map(({ ms }) => ms).sort((one, other) => one - other);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
  const sumOf = (part: keyof Lag) => lags.reduce((sum, lag) => sum + lag[part], 0);
  const asking = ((100 * sumOf('askingMs')) / sumOf('ms')).toFixed(0);
  return `${name}: median ${at(0.5)} ms, p99 ${at(0.99)} ms, maximum ${at(1)} ms of ${sorted.length}; asking took ${asking} % of a core\n`;
}

const singles: Lag[] = [];
for (let n = 0; n < SINGLES; n += 1) {
  const id = `prod-${n}`;
  const change = () => catalogue.sql('UPDATE products SET stock = stock + 1 WHERE id = $1', [id]);
  singles.push(await measure([id], SINGLE_ASKED_EVERY_MS, change));
}
process.stdout.write(describe('a change of one row', singles));

const changed = Array.from({ length: BULK_ROWS }, (_, n) => `prod-${n}`);
const changeAll = () => catalogue.sql('UPDATE products SET stock = stock + 1 WHERE id = ANY($1)', [changed]);

/** The rows of the last bulk change, in the order in which they were applied. */
async function orderOfChanges(): Promise<string[]> {
  const rows = await catalogue.sql<{ id: string }>(
    'SELECT substring(key FROM 9) AS id FROM outbox ORDER BY outbox.id DESC LIMIT $1',
    [BULK_ROWS],
  );
  return rows.map(({ id }) => id).reverse();
}

const bulks: Lag[] = [];
await changeAll();
for (let n = 0; n < BULKS; n += 1) {
  const order = await orderOfChanges();
  const ids = Array.from({ length: SAMPLED }, (_, k) => order[((k + 1) * BULK_ROWS) / SAMPLED - 1] ?? '');
  await pause(SETTLED_MS);
  bulks.push(await measure(ids, BULK_ASKED_EVERY_MS, changeAll));
}
process.stdout.write(describe(`a change of ${BULK_ROWS} rows`, bulks));
for (const connection of connections) connection.close();
await fleet.stop();
await redis.stop();
await catalogue.drop();
