import { setTimeout as pause } from 'node:timers/promises';
import { COST_KINDS, HIT } from './cost-kinds.ts';
import { type Cost, costOf, type Measured } from './cost-of.ts';
import { cpuTimeUs } from './cpu-time.ts';

/** What a request without a key may cost, in hits: for itself, and for what it brings or names by the piece. */
const MAX_HITS = 10;
const MAX_HITS_PER = { kibSent: 0.1, product: 0.1, load: 3, chunk: 0.05 } as const;

const KIB = 1_024;

function maxHitsOf({ bytesPerRequest, pieces: { products = 0, loads = 0, chunks = 0 } }: Cost): number {
  const sent = (bytesPerRequest / KIB) * MAX_HITS_PER.kibSent;
  const named = products * MAX_HITS_PER.product + loads * MAX_HITS_PER.load;
  return MAX_HITS + sent + named + chunks * MAX_HITS_PER.chunk;
}

const IDLE_MS = 2_000;
/** A kind that was never sent before runs uncompiled at first. */
const WARM_UP = { cpuMs: 500, minRequests: 400, maxRequests: 8_000 };
const MEASURE = { cpuMs: 250, minRequests: 64, maxRequests: 12_000 };
/** Of several rounds, the least: other programs on the machine only ever add. */
const ROUNDS = 3;

export interface Costs {
  readonly hit: Cost;
  readonly kinds: readonly Cost[];
}

/** @param only measures the kinds whose name contains it */
export async function measureCosts(server: Omit<Measured, 'idleUsPerMs'>, only = ''): Promise<Costs> {
  await costOf({ ...server, idleUsPerMs: 0 }, HIT, { ...WARM_UP, maxRequests: 30_000 });
  await pause(IDLE_MS / 2);
  const before = cpuTimeUs(server.pid);
  await pause(IDLE_MS);
  const measured = { ...server, idleUsPerMs: (cpuTimeUs(server.pid) - before) / IDLE_MS };
  const hits: Cost[] = [];
  const kinds: Cost[] = [];
  for (const kind of COST_KINDS.filter(({ name }) => name.includes(only))) {
    hits.push(await costOf(measured, HIT, MEASURE));
    await costOf(measured, kind, WARM_UP);
    const rounds: Cost[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await costOf(measured, kind, MEASURE));
    kinds.push(least(rounds));
  }
  return { hit: median(hits), kinds };
}

/** The kinds above the bound. */
export function dearest({ hit, kinds }: Costs): readonly Cost[] {
  return kinds.filter((cost) => cost.usPerRequest > maxHitsOf(cost) * hit.usPerRequest);
}

export function describeCosts({ hit, kinds }: Costs): string {
  const sorted = kinds.toSorted((one, other) => other.usPerRequest - one.usPerRequest);
  const lines = [hit, ...sorted].map((cost) => {
    const hits = cost.usPerRequest / hit.usPerRequest;
    const statuses = [...cost.statuses].map(([status, count]) => `${count}×${status}`).join(' ');
    return [
      `${cost.usPerRequest.toFixed(1)} µs`.padStart(12),
      `${hits.toFixed(1)}${hits > maxHitsOf(cost) ? ' !' : '  '}`.padStart(10),
      `${Math.round(cost.bytesPerAnswer)} B`.padStart(11),
      `  ${cost.name}`.padEnd(52),
      statuses,
    ].join('');
  });
  const head = `${'CPU/request'.padStart(12)}${'hits  '.padStart(10)}${'body'.padStart(11)}  request`;
  return `${[head, ...lines].join('\n')}\n`;
}

function least(costs: readonly Cost[]): Cost {
  return costs.reduce((one, other) => (other.usPerRequest < one.usPerRequest ? other : one));
}

function median(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((one, other) => one.usPerRequest - other.usPerRequest);
  return sorted[Math.floor(sorted.length / 2)] as Cost;
}
