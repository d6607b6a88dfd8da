import { setTimeout as pause } from 'node:timers/promises';
import { namespace } from '../../support/redis-keys.ts';
import type { Keys } from '../load/keys.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';
import { startHotshelf, stopAll } from './fleet.ts';
import { measured, type Probe } from './probe.ts';

const PROCESSES = 4;
const FILLS = 10_000;
const CHANGES = 100;
const PATIENCE_MS = 60_000;
/** Longer than the relay takes to apply a change and a link to report it. */
const SETTLED_MS = 1_000;

/**
 * How many keys each of four processes was notified of, for many fills and few changes: by what the processes say, and by what
 * Redis sends to one more client that tracks what they track. Redis itself counts no notices, but those who get them.
 */
export const invalidations: Probe = {
  name: 'invalidations',
  budgets: ['invalidations', 'announced'],
  run: async (stage, _options, say) => {
    const fleet = await startHotshelf(stage, PROCESSES, { REDIS_COMMAND_TIMEOUT: '2s' });
    try {
      const announced = await announcements(stage);
      const before = await received(fleet);
      await fill(stage, fleet);
      for (let n = 0; n < CHANGES; n += 1)
        await stage.catalogue.sql('UPDATE products SET stock = stock + 1 WHERE id = $1', [`prod-${n}`]);
      await pause(SETTLED_MS);
      const after = await received(fleet);
      const keys = announced.keys();
      say(`  Redis: ${await announced.end()}; sent to each: ${keys} keys`);
      return {
        invalidations: measured(...after.map((count, n) => count - (before[n] ?? 0))),
        announced: measured(keys),
      };
    } finally {
      await stopAll(fleet);
    }
  },
};

/** Each key is loaded once, by one of the processes. @throws if a request fails */
async function fill(stage: Stage, fleet: readonly Server[]): Promise<void> {
  const keys: Keys = { kind: 'distinct', first: 0, count: FILLS };
  const { errors } = await stage.freeLoad.run({
    ports: fleet.map(({ port }) => port),
    connections: 64,
    arrivals: { kind: 'burst', requests: FILLS },
    keys,
    seed: 1,
    patienceMs: PATIENCE_MS,
  });
  if (Object.keys(errors).length > 0) throw new Error(`cold reads failed: ${JSON.stringify(errors)}`);
  const filled = await stage.redis.client.dbsize();
  if (filled < FILLS) throw new Error(`${filled} keys are in Redis, of ${FILLS}`);
}

/** Tracks the prefix that the processes track: a fill that touches it is counted too. */
async function announcements({ redis }: Stage) {
  let keys = 0;
  const client = redis.client.duplicate({ protocol: 2, keyPrefix: '' });
  client.on('messageBuffer', (_channel: Buffer, sent: unknown) => {
    keys += Array.isArray(sent) ? sent.length : 0;
  });
  const id = String(await client.client('ID'));
  await client.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', `${namespace}change:`);
  await client.subscribe('__redis__:invalidate');
  return {
    keys: () => keys,
    end: async () => {
      const [clients, stats] = await Promise.all([redis.client.info('clients'), redis.client.info('stats')]);
      await client.quit();
      return [/tracking_clients:\d+/.exec(clients)?.[0], /tracking_total_prefixes:\d+/.exec(stats)?.[0]].join(
        ', ',
      );
    },
  };
}

function received(fleet: readonly Server[]): Promise<number[]> {
  return Promise.all(
    fleet.map(async ({ port }) => {
      const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/^cache_invalidations_total (\d+)/m.exec(page)?.[1] ?? 0);
    }),
  );
}
