import type { RedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import type { Random } from '../random.ts';
import type { Fault } from './fault.ts';

/** Slots that move at once, and keys of one that move with one command. */
const MIGRATED = 60;
const KEYS_AT_ONCE = 100;
/** A failover takes the cluster's node timeout, 2 s, and an election. */
const FAILOVER_MS = 30_000;

const isMaster = async ({ client }: RedisServer) =>
  (await client.info('replication')).includes('role:master');

async function mastersOf(nodes: readonly RedisServer[]): Promise<RedisServer[]> {
  const roles = await Promise.all(nodes.map(isMaster));
  return nodes.filter((_, n) => roles[n]);
}

const idOf = async ({ client }: RedisServer) => String(await client.call('CLUSTER', 'MYID'));

async function isWhole(nodes: readonly RedisServer[]): Promise<boolean> {
  const infos = await Promise.all(nodes.map(({ client }) => client.cluster('INFO')));
  return infos.every((info) => info.includes('cluster_state:ok'));
}

/** The slots that a master owns, by its own account. */
async function slotsOf({ client }: RedisServer): Promise<number[]> {
  const lines = String(await client.cluster('NODES')).split('\n');
  const own = lines.find((line) => line.includes('myself')) ?? '';
  return own
    .split(' ')
    .slice(8)
    .filter((range) => /^\d+(?:-\d+)?$/.test(range))
    .flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, n) => from + n);
    });
}

/** As `redis-cli --cluster reshard` does it: readers and writers meet a slot whose keys lie on two masters. */
async function migrate(slot: number, from: RedisServer, to: RedisServer, masters: readonly RedisServer[]) {
  const [fromId, toId] = await Promise.all([idOf(from), idOf(to)]);
  await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
  await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
  for (;;) {
    const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, KEYS_AT_ONCE)) as string[];
    if (keys.length === 0) break;
    const port = new URL(to.url).port;
    await from.client.call('MIGRATE', '127.0.0.1', port, '', 0, 5_000, 'REPLACE', 'KEYS', ...keys);
  }
  await to.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  await from.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  for (const { client } of masters) await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
}

async function chosenSlots(master: RedisServer, random: Random): Promise<number[]> {
  const slots = random.shuffled(await slotsOf(master));
  const counts = await Promise.all(
    slots.map(async (slot) => Number(await master.client.call('CLUSTER', 'COUNTKEYSINSLOT', slot))),
  );
  // Those that hold keys: no request meets the others.
  return slots.filter((_, n) => (counts[n] ?? 0) > 0).slice(0, MIGRATED);
}

/** What happens to a Redis Cluster whose masters have replicas. */
export const CLUSTER_FAULTS: readonly Fault[] = [
  {
    name: 'a master dies, its replica takes over',
    run: async ({ nodes }, random) => {
      const lost = random.pick(await mastersOf(nodes));
      const others = nodes.filter((node) => node !== lost);
      await lost.kill();
      await until(
        'a replica has taken over',
        async () => (await mastersOf(others)).length === 3 && (await isWhole(others)),
        FAILOVER_MS,
      );
      await lost.restart();
      await until(
        'the lost one is a replica in step',
        async () => (await lost.client.info('replication')).includes('master_link_status:up'),
        FAILOVER_MS,
      );
    },
  },
  {
    name: 'slots migrate to another master',
    run: async ({ nodes }, random) => {
      const masters = random.shuffled(await mastersOf(nodes));
      const [from, to] = masters;
      if (from === undefined || to === undefined) throw new Error('the cluster has fewer than two masters');
      for (const slot of await chosenSlots(from, random)) await migrate(slot, from, to, masters);
      await until('the cluster is whole', () => isWhole(nodes));
    },
  },
];
