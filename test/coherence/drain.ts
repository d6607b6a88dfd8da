import { commandLine } from '../../apps/local/src/command-line.ts';
import { startApi } from '../support/api.ts';
import { createCatalogue } from '../support/catalogue.ts';
import { CHECK_DRAIN } from '../support/commands.ts';
import { leads } from '../support/leads.ts';
import { redisKeys } from '../support/redis-keys.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const CHANGES = 100_000;
const AWAY_MS = Number(commandLine(CHECK_DRAIN).values.seconds) * 1_000;

/** How long the outbox takes to be drained when Redis comes back after a large change. */
const [catalogue, redis] = await Promise.all([createCatalogue(CHANGES), startRedisServer()]);
const api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
await until('it leads', () => leads(api));

// It comes back with what it holds: one that comes back empty has nothing to be brought up to date.
await redis.client.call('SAVE');
await redis.kill();
const awayAtMs = performance.now();
await catalogue.sql('UPDATE products SET stock = stock + 1');
await until('Redis was away for long enough', () => performance.now() - awayAtMs >= AWAY_MS, AWAY_MS + 5_000);
await redis.restart();
const backAtMs = performance.now();
const left = async () => {
  const { snapshot } = JSON.parse((await redis.client.get(redisKeys.watermark)) ?? '{}');
  const [row] = await catalogue.sql<{ rows: string }>(
    'SELECT count(*) AS rows FROM outbox WHERE NOT pg_visible_in_snapshot(transaction, $1::pg_snapshot)',
    [snapshot ?? '1:1:'],
  );
  return Number(row?.rows);
};
await until('everything is applied', async () => (await left()) === 0, 60_000);
process.stdout.write(
  `${CHANGES} changes were applied ${Math.round(performance.now() - backAtMs)} ms after Redis was back\n`,
);

await catalogue.sql(`UPDATE outbox SET recorded_at = recorded_at - interval '16 minutes'`);
const oldAtMs = performance.now();
await until(
  'what is old is gone',
  async () => (await catalogue.sql('SELECT FROM outbox LIMIT 1')).length === 0,
  120_000,
);
process.stdout.write(
  `and, once they were 15 minutes old, removed within ${Math.round(performance.now() - oldAtMs)} ms\n`,
);
await api.stop();
await redis.stop();
await catalogue.drop();
