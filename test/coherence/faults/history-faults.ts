import { setTimeout as pause } from 'node:timers/promises';
import { LOST_FROM } from '../history.ts';
import type { Random } from '../random.ts';
import type { System } from '../system.ts';
import type { Fault } from './fault.ts';

/** Long enough for the relay and every process to have seen what is about to be lost. */
const SEEN_WITHIN_MS = 1_500;

/**
 * How long writers wait for every process to notice. Until then a process may not read its own write: what it wrote has a lower
 * version than what it had read.
 */
const NOTICED_WITHIN_MS = 750;

const LOSE = `UPDATE products SET stock = $1 + chosen.n
  FROM (SELECT id, row_number() OVER (ORDER BY id)::int AS n FROM products WHERE random() < 0.5) AS chosen
  WHERE products.id = chosen.id`;

/** What can become of the history of a database: commits that every tier has seen never were. */
export const HISTORY_FAULTS: readonly Fault[] = [
  {
    name: 'Postgres restored to an earlier point',
    stopsWriters: true,
    run: (system, random) => losing(system, random, 'restore'),
  },
  {
    name: 'Postgres failed over to a standby that lacked the last commits',
    stopsWriters: true,
    run: (system, random) => losing(system, random, 'promote'),
  },
  {
    name: 'the sequence of versions set back',
    stopsWriters: true,
    run: async ({ catalogue }, random) => {
      const share = random.next() * 0.9;
      await catalogue.sql(
        `SELECT setval('catalogue_version', greatest(1, (last_value * $1::float)::bigint)) FROM catalogue_version`,
        [share],
      );
      await pause(NOTICED_WITHIN_MS);
    },
  },
];

async function losing(
  { catalogue, postgres, toPostgres, lost }: System,
  random: Random,
  how: 'restore' | 'promote',
): Promise<void> {
  const backup = await postgres.backup();
  toPostgres.leadTo(postgres.port);
  await pause(SEEN_WITHIN_MS);
  lost.began();
  for (let n = 0; n < 3; n += 1) {
    await catalogue.sql(LOSE, [LOST_FROM + Math.floor(random.next() * 1_000_000)]);
    await pause(SEEN_WITHIN_MS / 3);
  }
  await backup[how]();
  toPostgres.leadTo(postgres.port);
  lost.ended();
  await pause(NOTICED_WITHIN_MS);
}
