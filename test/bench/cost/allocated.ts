import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import type { Contestant } from '../contestants/contestant.ts';
import type { LoadPlan } from '../load/plan.ts';
import { startServer } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';

const PROBE = join(import.meta.dirname, 'heap-probe.ts');
const WARM_UP_REQUESTS = 30_000;
const REQUESTS = 20_000;

/**
 * Bytes that a hot request allocates on the JavaScript heap. They cost little when they are made and all the more
 * when they are collected, in somebody else's request; and they do not wobble with the machine.
 */
export async function allocatedPerRequest(contestant: Contestant, stage: Stage): Promise<number> {
  await stage.clear();
  const file = join(tmpdir(), `hotshelf-heap-${process.pid}-${contestant.name}`);
  const server = await startServer({
    program: ['--import', PROBE, ...contestant.program],
    environment: { ...contestant.settings(stage), HEAP_PROBE: file },
    readyPath: contestant.readyPath,
    place: 'server',
  });
  const plan = { ports: [server.port], connections: 32, keys: contestant.keys('closed'), seed: 1 };
  // The server, or its one worker.
  const pid = server.pids().at(-1) ?? server.pid;
  try {
    await stage.load.run(burst(plan, WARM_UP_REQUESTS));
    await account(pid, file);
    await stage.load.run(burst(plan, REQUESTS));
    return (await account(pid, file)) / REQUESTS;
  } finally {
    await server.stop();
  }
}

function burst(plan: Omit<LoadPlan, 'arrivals'>, requests: number): LoadPlan {
  return { ...plan, arrivals: { kind: 'burst', requests } };
}

/** @returns bytes since the account was begun; 0 where this begins it */
async function account(pid: number, file: string): Promise<number> {
  const path = `${file}.${pid}`;
  let bytes = 0;
  process.kill(pid, 'SIGWINCH');
  await until('the heap is read', async () => {
    bytes = (JSON.parse(await readFile(path, 'utf8')) as { allocatedBytes: number }).allocatedBytes;
    return true;
  });
  await rm(path);
  return bytes;
}
