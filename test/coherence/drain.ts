import { startApi } from '../support/api.ts';
import { createCatalogue } from '../support/catalogue.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const CHANGES = 100_000;
const AWAY_MS = Number(process.argv[2] ?? 60) * 1_000;

/** How long the outbox takes to be drained when Redis comes back after a large change. */
const [catalogue, redis] = await Promise.all([createCatalogue(CHANGES), startRedisServer()]);
const api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
await until('it leads', () => api.lines().some((line) => line.includes('"leading"')));

await redis.kill();
const awayAtMs = performance.now();
await catalogue.sql('UPDATE products SET stock = stock + 1');
await until('Redis was away for long enough', () => performance.now() - awayAtMs >= AWAY_MS, AWAY_MS + 5_000);
await redis.restart();
const backAtMs = performance.now();
const left = async () => {
  const mark = (await redis.client.get('outbox:watermark')) ?? '1:1:';
  const [row] = await catalogue.sql<{ rows: string }>(
    'SELECT count(*) AS rows FROM outbox WHERE NOT pg_visible_in_snapshot(transaction, $1::pg_snapshot)',
    [mark],
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
