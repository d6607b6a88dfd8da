import { setTimeout as pause } from 'node:timers/promises';
import { statementsSoFar } from '../../support/statements.ts';
import type { Contestant } from '../contestants/contestant.ts';
import type { LoadResult } from '../load/plan.ts';
import { startServer } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';
import type { Phase } from './phases.ts';

/** How many clients may be waiting at the same time; more than the design that collapses can hold. */
const CONNECTIONS = 1_000;
export const SALE_PRODUCTS = 10_000;
const ZIPF = 0.99;

/** What became of one contestant in the sale. */
export interface Sale {
  readonly title: string;
  readonly load: LoadResult;
  /** Statements that asked for products, second by second. */
  readonly statements: readonly number[];
}

/**
 * Runs the sale against one contestant, on a Redis that is empty at first.
 *
 * @param say shows each second how far it has come
 */
export async function runSale(
  contestant: Contestant,
  phases: readonly Phase[],
  stage: Stage,
  say: (line: string) => void,
): Promise<Sale> {
  await stage.clear();
  const { program, readyPath, title } = contestant;
  const environment = contestant.settings(stage);
  const server = await startServer({ program, readyPath, environment, place: 'anywhere' });
  const ending = new AbortController();
  try {
    const meter = statementsASecond(stage, ending.signal, (second, statements) =>
      say(progressLine(phases, second, statements)),
    );
    const troubles = makeTrouble(phases, stage);
    const load = await stage.freeLoad.run({
      ports: [server.port],
      connections: CONNECTIONS,
      arrivals: {
        kind: 'open',
        stages: phases.map(({ from, to, perSecond }) => ({ seconds: to - from, perSecond })),
      },
      keys: { kind: 'zipf', count: SALE_PRODUCTS, theta: ZIPF },
      seed: 1,
    });
    await troubles;
    ending.abort();
    return { title, load, statements: await meter };
  } finally {
    ending.abort();
    await server.stop();
  }
}

/** Empties Redis as the spike begins (and with it every coherent L1), then kills it for a phase. */
async function makeTrouble(phases: readonly Phase[], { redis }: Stage): Promise<void> {
  const startMs = performance.now();
  const at = (seconds: number) => pause(Math.max(0, startMs + seconds * 1_000 - performance.now()));
  for (const { name, from, to } of phases) {
    await at(from);
    if (name === 'spike') await redis.client.flushall();
    if (name !== 'Redis lost') continue;
    await redis.kill();
    await at(to);
    await redis.restart();
  }
}

/** A line in columns: the second, the phase, what is asked, and what Postgres was asked. */
export function progressLine(phases: readonly Phase[], second: number, statements: number): string {
  // Requests that are late are waited for.
  const phase = phases.find(({ to }) => second <= to) ?? { name: 'late', perSecond: 0 };
  const number = (value: number) => value.toLocaleString('en-US').padStart(8);
  const time = `${String(second).padStart(4)} s of ${phases.at(-1)?.to}`;
  return `${time}  ${phase.name.padEnd(10)} ${number(phase.perSecond)} requests/s due ${number(statements)} statements/s`;
}

async function statementsASecond(
  { catalogue }: Stage,
  ending: AbortSignal,
  onSecond: (second: number, statements: number) => void,
): Promise<number[]> {
  const counted: number[] = [];
  let last = await statementsSoFar(catalogue, 'FROM products');
  while (!ending.aborted) {
    await pause(1_000, undefined, { signal: ending }).catch(() => undefined);
    const now = await statementsSoFar(catalogue, 'FROM products');
    counted.push(now - last);
    if (!ending.aborted) onSecond(counted.length, now - last);
    last = now;
  }
  return counted;
}
