import type { Measured, Prices } from './figures.ts';

export interface Load {
  /** Reads and writes a second, at the peak. */
  readonly rps: number;
  readonly p99Ms: number;
  /** Of the reads, those that L1 or Redis answers. */
  readonly hitRatio: number;
  readonly writesPerSecond: number;
  /** Of the hits, those that L1 answers. */
  readonly l1Share: number;
  readonly products: number;
  readonly machine: string;
}

/** Numbers that were not measured here. Each is printed with the result. */
export const ASSUMED = {
  /** A statement of a load, and a write, as long as they hold a connection. */
  loadMs: 5,
  writeMs: 10,
  /** Connections that are needed, times this. */
  connectionHeadroom: 2,
  /** Processor time of Postgres. */
  postgresLoadMicros: 150,
  postgresWriteMicros: 1_000,
  postgresBusy: 0.5,
  /** Commands that one Redis thread runs a second, and how busy it may be. */
  redisCommandsPerSecond: 100_000,
  redisBusy: 0.5,
  /** Of a Redis node's memory, for entries: the rest is for connections, fragmentation and a replica's copy. */
  redisUsable: 0.6,
  /** Bytes of a command and its answer beside the entry, and of one invalidation. */
  redisProtocolBytes: 120,
  invalidationBytes: 90,
  /** Processors and GiB of a machine that the system and the node's agents take. */
  systemVcpus: 0.3,
  systemGib: 1,
  zones: 3,
  /** Of the processors, while one zone is away. */
  busyWithoutZone: 0.85,
  /** The average rate to the peak's, for what is paid by volume. */
  averageToPeak: 0.3,
  postgresStorageGib: 100,
} as const;

/** How busy a worker's processor may be, by the p99 that is asked for. */
const BUSY_BY_P99 = [
  { p99Ms: 25, busy: 0.6 },
  { p99Ms: 10, busy: 0.5 },
  { p99Ms: 5, busy: 0.35 },
] as const;

export const LEAST_P99_MS = 5;

/** Connections of a process beside its pool: the relay's, and the one that follows the primary. */
const OUTBOX_CONNECTIONS = 2;
/** DATABASE_LOAD_CONCURRENCY and DATABASE_WRITE_CONCURRENCY together. */
const LEAST_POOL = 8;
const GIB = 2 ** 30;

export interface Size {
  readonly load: Load;
  readonly microsPerRequest: number;
  readonly busy: number;
  readonly cores: number;
  readonly workers: number;
  readonly podsPerMachine: number;
  readonly machines: number;
  readonly isMeasured: boolean;
  readonly loadsPerSecond: number;
  readonly poolSize: number;
  readonly connections: number;
  readonly postgresInstance: string;
  readonly postgresCores: number;
  readonly redisNode: string;
  readonly redisShards: number;
  readonly redisGib: number;
  readonly redisCommands: number;
  readonly redisMbitPerSecond: number;
  readonly clientMbitPerSecond: number;
  readonly costs: Readonly<Record<string, number>>;
  readonly perMonth: number;
}

/** @throws RangeError if a price file has no machine large enough */
export function sizeOf(load: Load, measured: Measured, prices: Prices): Size {
  const { rps, hitRatio, l1Share, writesPerSecond } = load;
  const machine = prices.machines[load.machine];
  if (machine === undefined) throw new RangeError(`the price file has no machine ${load.machine}`);
  const reads = rps - writesPerSecond;
  const loads = reads * (1 - hitRatio);
  const redisHits = reads * hitRatio * (1 - l1Share);
  const l1Hits = reads * hitRatio * l1Share;

  const micros = measured.cpuMicros;
  const writeMicros = (micros.mixOneWriteInTen - 0.9 * micros.l1Hit) / 0.1;
  const cpuPerSecond =
    l1Hits * micros.l1Hit + redisHits * micros.redisHit + loads * micros.load + writesPerSecond * writeMicros;
  const cores = cpuPerSecond / 1e6 / machine.speed;
  const busy = busyFor(load.p99Ms);
  const { zones, busyWithoutZone } = ASSUMED;
  // A worker computes on one processor. Whichever asks for more: the p99, or a zone that is away.
  const workers = Math.max(
    zones,
    Math.ceil(cores / busy),
    Math.ceil(cores / busyWithoutZone / ((zones - 1) / zones)),
  );
  const podsPerMachine = Math.floor(
    Math.min(
      machine.vcpus - ASSUMED.systemVcpus,
      ((machine.memoryGib - ASSUMED.systemGib) * 1_024) / measured.workerMemoryLimitMib,
    ),
  );
  if (podsPerMachine < 1) throw new RangeError(`${load.machine} is too small for one pod`);
  const machines = Math.max(zones, Math.ceil(workers / podsPerMachine));

  const postgres = postgresFor({ loads, writes: writesPerSecond, workers }, prices);
  const redis = redisFor({ load, loads, redisHits, workers }, measured, prices);
  const clientBytes = rps * measured.answerBytes;
  const costs = costsOf({ machines, machine: machine.perHour, postgres, redis, clientBytes }, prices);
  return {
    load,
    microsPerRequest: cpuPerSecond / rps,
    busy,
    cores,
    workers,
    podsPerMachine,
    machines,
    isMeasured: machine.isMeasured,
    loadsPerSecond: loads,
    poolSize: postgres.poolSize,
    connections: postgres.connections,
    postgresInstance: postgres.instance,
    postgresCores: postgres.cores,
    redisNode: redis.node,
    redisShards: redis.shards,
    redisGib: redis.gib,
    redisCommands: redis.commands,
    redisMbitPerSecond: (redis.bytes * 8) / 1e6,
    clientMbitPerSecond: (clientBytes * 8) / 1e6,
    costs,
    perMonth: Object.values(costs).reduce((sum, cost) => sum + cost, 0),
  };
}

function busyFor(p99Ms: number): number {
  const found = BUSY_BY_P99.find((row) => p99Ms >= row.p99Ms);
  if (found === undefined) throw new RangeError(`no rate has a p99 below ${LEAST_P99_MS} ms`);
  return found.busy;
}

function postgresFor(
  { loads, writes, workers }: { loads: number; writes: number; workers: number },
  prices: Prices,
) {
  const held = (loads * ASSUMED.loadMs + writes * ASSUMED.writeMs) / 1_000;
  const poolSize = Math.max(LEAST_POOL, Math.ceil((held / workers) * ASSUMED.connectionHeadroom));
  const cores = (loads * ASSUMED.postgresLoadMicros + writes * ASSUMED.postgresWriteMicros) / 1e6;
  const connections = workers * (poolSize + OUTBOX_CONNECTIONS);
  const found = Object.entries(prices.postgresInstances).find(
    // A connection takes about 10 MiB; a quarter of the memory is left to them.
    ([, { vcpus, memoryGib }]) =>
      cores / ASSUMED.postgresBusy <= vcpus && (connections * 10) / 1_024 <= memoryGib / 4,
  );
  if (found === undefined)
    throw new RangeError(
      `no Postgres instance of the price file runs ${Math.round(loads)} loads and ${writes} writes a second over ${connections} connections: raise the hit ratio, or write less`,
    );
  return { poolSize, cores, connections, instance: found[0], perHour: found[1].perHour };
}

function redisFor(
  { load, loads, redisHits, workers }: { load: Load; loads: number; redisHits: number; workers: number },
  measured: Measured,
  prices: Prices,
) {
  const { writesPerSecond: writes, products } = load;
  // A hit is one command. A load asks, which leases, and fills. A write claims, puts its state and is relayed, and each process
  // compares its entry. The entry travels once with each.
  const commands = redisHits + 2 * loads + 3 * writes + writes * workers;
  const entry = measured.redisBytesPerProduct;
  const bytes =
    (redisHits + loads + writes) * entry +
    (redisHits + 2 * loads + 3 * writes) * ASSUMED.redisProtocolBytes +
    writes * workers * ASSUMED.invalidationBytes;
  const gib = (products * entry) / GIB;
  const byCommands = Math.ceil(commands / (ASSUMED.redisCommandsPerSecond * ASSUMED.redisBusy));
  const nodes = Object.entries(prices.redisNodes);
  const largest = nodes.at(-1)?.[1].memoryGib ?? 0;
  const shards = Math.max(1, byCommands, Math.ceil(gib / (largest * ASSUMED.redisUsable)));
  const found = nodes.find(([, { memoryGib }]) => gib / shards <= memoryGib * ASSUMED.redisUsable);
  if (found === undefined) throw new RangeError(`no Redis node of the price file holds ${products} products`);
  return { commands, bytes, gib, shards, node: found[0], perHour: found[1].perHour };
}

function costsOf(
  {
    machines,
    machine,
    postgres,
    redis,
    clientBytes,
  }: {
    machines: number;
    machine: number;
    postgres: { perHour: number };
    redis: { shards: number; perHour: number };
    clientBytes: number;
  },
  prices: Prices,
): Record<string, number> {
  const { hoursPerMonth: hours } = prices;
  const averageGbPerHour = (clientBytes * ASSUMED.averageToPeak * 3_600) / 1e9;
  return {
    machines: machines * machine * hours,
    'control plane and NAT': (prices.controlPlanePerHour + ASSUMED.zones * prices.natGatewayPerHour) * hours,
    // A primary and a replica for each shard.
    Redis: redis.shards * 2 * redis.perHour * hours,
    // A primary with its standby, and one read replica.
    Postgres: 3 * (postgres.perHour * hours + ASSUMED.postgresStorageGib * prices.postgresStoragePerGibMonth),
    balancer: (prices.balancerPerHour + averageGbPerHour * prices.balancerUnitPerHour) * hours,
    'traffic to clients': averageGbPerHour * hours * prices.egressPerGb,
  };
}
