import { setTimeout as pause } from 'node:timers/promises';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { endOnSignals } from '../bench/processes/end-on-signals.ts';
import { startSmallBalancer } from '../e2e/rollout/small-balancer.ts';
import { PRODUCTS, stockOf, Users } from '../e2e/rollout/users.ts';
import { createDatabase } from '../support/catalogue.ts';
import { CHECK_UPGRADE } from '../support/commands.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { type RunningRelease, releaseOf, thisRelease } from './release.ts';

// An earlier release and this one side by side over one Postgres and one Redis, under reads and writes: the schema is brought up
// to date under the old one, the new one joins it, takes over, and is rolled back. No request may fail, no write be lost, and a
// change must be served by each of them.

const { from, seconds } = commandLine(CHECK_UPGRADE).values;
/** Longer than the balancer takes to look. */
const SHUTDOWN_DELAY = '1500ms';
/** A change that is served later than this is stale. */
const STALE_AFTER_MS = 2_000;
/** Products that the buyers leave alone. */
const CHANGED = Math.floor(PRODUCTS / 4);

endOnSignals();
const old = await releaseOf(from);
const next = thisRelease();
const redis = await startRedisServer();
const catalogue = await createDatabase();
await old.migrate(catalogue.url);
await catalogue.sql(
  `INSERT INTO products (id, name, price, stock)
   SELECT 'prod-' || n, 'Product ' || n, (n % 1000) + 0.99, n FROM generate_series(0, $1::int - 1) AS n`,
  [PRODUCTS],
);
const balancer = await startSmallBalancer();
const settings = { DATABASE_URL: catalogue.url, REDIS_URL: redis.url, SHUTDOWN_DELAY };

let failed = 0;
const check = (isMet: boolean, text: string) => {
  if (!isMet) failed += 1;
  process.stdout.write(`  ${isMet ? '✔' : '✖'} ${text}\n`);
};
const join = async (running: RunningRelease) => {
  balancer.add(running.url);
  await until('the balancer knows it', () => balancer.ready().includes(running.url), 60_000);
  return running;
};

const stockAt = async ({ url }: RunningRelease, id: string) => {
  const response = await fetch(`${url}/products/${id}`);
  return ((await response.json()) as { stock?: number }).stock;
};

let changes = 0;
/** Changes rows by SQL for a while, and measures how soon each process serves them. @returns the longest time in ms */
async function worstDelay(processes: readonly RunningRelease[], forSeconds: number): Promise<number> {
  const endMs = performance.now() + forSeconds * 1_000;
  let worst = 0;
  while (performance.now() < endMs) {
    changes += 1;
    const id = `prod-${changes % CHANGED}`;
    const stock = 10_000 + changes;
    // Held in L1 and L2, as a popular product is.
    await Promise.all(processes.map((each) => stockAt(each, id)));
    const before = await catalogue.sql<{ stock: number }>('SELECT stock FROM products WHERE id = $1', [id]);
    await catalogue.sql('UPDATE products SET stock = $2 WHERE id = $1', [id, stock]);
    const changedAtMs = performance.now();
    await Promise.all(
      processes.map((each) =>
        until('it is served', async () => (await stockAt(each, id)) === stock).catch(() => undefined),
      ),
    );
    worst = Math.max(worst, performance.now() - changedAtMs);
    // The sum of the buyers' pieces stays comparable.
    await catalogue.sql('UPDATE products SET stock = $2 WHERE id = $1', [id, before[0]?.stock]);
    await pause(20);
  }
  return Math.round(worst);
}

async function phase(text: string, processes: readonly RunningRelease[]): Promise<void> {
  await users.some(100);
  const worst = await worstDelay(processes, Number(seconds));
  check(worst < STALE_AFTER_MS, `${text}: each change is served everywhere, the slowest after ${worst} ms`);
}

const first = await join(await old.start(settings));
const before = await stockOf(catalogue);
const users = new Users(balancer.url);
process.stdout.write(`from ${old.name} to ${next.name}\n`);
await phase('the old release', [first]);
await next.migrate(catalogue.url);
await phase('the old release on the new schema', [first]);
const second = await join(await next.start(settings));
await phase('both', [first, second]);
check((await first.stop()) === 0, 'the old release ends well');
await phase('the new release', [second]);
const third = await join(await old.start(settings));
await phase('rolled back: both', [second, third]);
check((await second.stop()) === 0, 'the new release ends well');
await phase('the old release again', [third]);
const { answered, failures, refused, written } = await users.stop();
check(failures.length === 0, `${answered} reads, ${failures.length} failed ${failures.slice(0, 3)}`);
check(refused.length === 0, `${written} writes, ${refused.length} refused ${refused.slice(0, 3)}`);
check(balancer.lost.length === 0, `${balancer.lost.length} requests lost ${balancer.lost.slice(0, 3)}`);
check((await stockOf(catalogue)) === before + written, 'every write is there, once');
check((await third.stop()) === 0, 'the old release ends well');
const errors = [first, second, third].flatMap((each) => each.errors());
check(errors.length === 0, `${errors.length} errors logged ${errors.slice(0, 2).join('\n')}`);
await balancer.stop();
await redis.stop();
await catalogue.drop();
process.exitCode = failed === 0 ? 0 : 1;
