import type { Measured, Prices } from './figures.ts';
import { ASSUMED, type Size } from './size.ts';

const count = (value: number) => Math.round(value).toLocaleString('en-US');
const short = (value: number) => (value >= 100 ? count(value) : value.toPrecision(3));
const dollars = (value: number) => `$${count(value)}`;

/** One result as lines of `what: how much`. */
export function tableOf(size: Size, { predecessor }: Prices): string {
  const { load } = size;
  const estimate = size.isMeasured ? '' : ' (estimate: this machine was not measured)';
  const rows: readonly (readonly [string, string])[] = [
    ['processor time a request', `${short(size.microsPerRequest)} µs, the mix of hits, loads and writes`],
    [
      'processors for it',
      `${short(size.cores)}, at most ${size.busy * 100} % busy for a p99 of ${load.p99Ms} ms`,
    ],
    ['workers', `${count(size.workers)}, one processor each`],
    ['pods', `${count(size.workers)}, one worker each`],
    ['machines', `${count(size.machines)} × ${load.machine}, ${size.podsPerMachine} pods each${estimate}`],
    ['loads from Postgres', `${short(size.loadsPerSecond)} a second`],
    [
      'connections to Postgres',
      `${count(size.connections)}: DATABASE_POOL_SIZE=${size.poolSize} and 2 in each of ${count(size.workers)} workers`,
    ],
    ['Postgres', `${size.postgresInstance} (estimate: ${short(size.postgresCores)} processors busy)`],
    ['Redis memory', `${short(size.redisGib)} GiB of entries`],
    ['Redis commands', `${short(size.redisCommands)} a second`],
    ['Redis', `${size.redisShards} × ${size.redisNode}, each with a replica (estimate)`],
    ['Redis network', `${short(size.redisMbitPerSecond)} Mbit/s`],
    ['network to clients', `${short(size.clientMbitPerSecond)} Mbit/s`],
    ...Object.entries(size.costs).map(([name, cost]) => [`a month: ${name}`, dollars(cost)] as const),
    ['a month', `${dollars(size.perMonth)}${estimate}`],
    [
      'the predecessor',
      `${dollars(predecessor.perMonth)} a month for ${predecessor.machines} machines at ${count(predecessor.perSecond)} requests/s; before, ${dollars(predecessor.perMonthBefore)}`,
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const title = `${count(load.rps)} requests/s, ${count(load.writesPerSecond)} of them writes; p99 ${load.p99Ms} ms; hit ratio ${load.hitRatio}`;
  return `${title}\n\n${rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')}\n`;
}

/** What the numbers rest on. */
export function assumptionsOf({ load }: Size, measured: Measured, prices: Prices): string {
  const { cpuMicros: micros } = measured;
  const machine = prices.machines[load.machine];
  const lines = [
    `measured on ${measured.machine}, ${measured.date} (${measured.source}): ${micros.l1Hit} µs a hit in L1, ${micros.redisHit} µs a hit in Redis, ${micros.load} µs a load, ${micros.mixOneWriteInTen} µs a request of a mix with one write in ten`,
    `derived: ${Math.round((micros.mixOneWriteInTen - 0.9 * micros.l1Hit) / 0.1)} µs a write, from that mix`,
    `measured: ${measured.p99Ms.map(({ perSecond, ms }) => `p99 ${ms} ms at ${count(perSecond)}/s`).join(', ')}, on two processors with the load, Redis and Postgres beside it`,
    `assumed: a processor of ${load.machine} is ${machine?.speed} times the measured one${machine?.isMeasured ? '' : '; it was not measured'}`,
    'not in the figures: a process that is far from busy spends more on each request, since fewer share a turn of its event loop',
    'not in the figures: TLS, distance, a real network card; measurements were on loopback, with bodies of 80 to 100 bytes',
    `assumed: L1 answers ${load.l1Share * 100} % of the hits, Redis the others; ${count(load.products)} products are in Redis, ${measured.redisBytesPerProduct} bytes each (measured)`,
    `assumed: with one of ${ASSUMED.zones} zones away the others are at most ${ASSUMED.busyWithoutZone * 100} % busy; a machine keeps ${ASSUMED.systemVcpus} processors and ${ASSUMED.systemGib} GiB for itself; a pod may take ${measured.workerMemoryLimitMib} MiB`,
    `assumed: a load holds a connection for ${ASSUMED.loadMs} ms, a write for ${ASSUMED.writeMs} ms; connections are (rate × time) / workers × ${ASSUMED.connectionHeadroom}, at least 8 a worker; no two loads share a statement`,
    `assumed: Postgres computes ${ASSUMED.postgresLoadMicros} µs a load and ${ASSUMED.postgresWriteMicros} µs a write, and is at most ${ASSUMED.postgresBusy * 100} % busy`,
    `assumed: a Redis thread runs ${count(ASSUMED.redisCommandsPerSecond)} commands a second and is at most ${ASSUMED.redisBusy * 100} % busy; ${ASSUMED.redisUsable * 100} % of a node's memory is for entries`,
    `assumed: the average rate is ${ASSUMED.averageToPeak * 100} % of the peak, for what is paid by volume; an answer is ${measured.answerBytes} bytes`,
    `prices: ${prices.note}`,
  ];
  return `What this rests on:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
}

/** Results beside each other, in Markdown: what docs/scaling.md shows. */
export function markdownOf(sizes: readonly Size[]): string {
  const row = (name: string, value: (size: Size) => string) =>
    `| ${name} | ${sizes.map(value).join(' | ')} |`;
  return [
    row('requests/s', ({ load }) => count(load.rps)),
    `| --- |${' ---: |'.repeat(sizes.length)}`,
    row('writes/s', ({ load }) => count(load.writesPerSecond)),
    row('hit ratio', ({ load }) => String(load.hitRatio)),
    row('processor time a request, µs', ({ microsPerRequest }) => short(microsPerRequest)),
    row('workers = pods', ({ workers }) => count(workers)),
    row('machines (estimate)', ({ machines, load }) => `${count(machines)} × ${load.machine}`),
    row('loads from Postgres a second', ({ loadsPerSecond }) => short(loadsPerSecond)),
    row('connections to Postgres', ({ connections }) => count(connections)),
    row('Postgres (estimate)', ({ postgresInstance }) => postgresInstance),
    row(
      'Redis, each with a replica (estimate)',
      ({ redisShards, redisNode }) => `${redisShards} × ${redisNode}`,
    ),
    row('Redis memory, GiB', ({ redisGib }) => short(redisGib)),
    row('Redis network, Mbit/s', ({ redisMbitPerSecond }) => short(redisMbitPerSecond)),
    row('network to clients, Mbit/s', ({ clientMbitPerSecond }) => short(clientMbitPerSecond)),
    row('a month without traffic (estimate)', ({ perMonth, costs }) =>
      dollars(perMonth - (costs['traffic to clients'] ?? 0)),
    ),
    row('a month (estimate)', ({ perMonth }) => dollars(perMonth)),
    '',
  ].join('\n');
}
