import { appendFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BENCH_KEY } from '../contestants/api-key.ts';
import type { Contestant, Phase, Runtime } from '../contestants/contestant.ts';
import type { Arrivals, LoadPlan, LoadResult } from '../load/plan.ts';
import { type Server, startServer } from '../processes/server-process.ts';
import { profileTable, summaryOf } from '../profile/cpu-profile.ts';
import { profileDuring, profiled } from '../profile/profile-load.ts';
import type { Stage } from '../stage.ts';
import type { Outcome, Run } from './run.ts';

const CONNECTIONS = 64;
const THIS_NODE: Runtime = { kind: 'found', interpreter: [process.execPath], environment: {} };

export interface Measuring {
  readonly stage: Stage;
  readonly round: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** The rate of the open loop, in requests a second. */
  readonly openPerSecond: number;
  /** Where profiles are written; default: none are made. */
  readonly profileTo?: string;
}

/** Restarts a contestant, warms it up, finds its ceiling, measures its latency, and stops it. */
export async function measureContestant(contestant: Contestant, measuring: Measuring): Promise<Outcome> {
  const { stage } = measuring;
  const runtime = (await contestant.runtime?.()) ?? THIS_NODE;
  if (runtime.kind === 'missing')
    return { kind: 'not measured', contestant: contestant.name, reason: runtime.reason };
  await stage.clear();
  const file = runtime === THIS_NODE ? profileFile(contestant, measuring) : undefined;
  const profiling = file === undefined ? undefined : profiled(file);
  const server = await startServer({
    program: [...(profiling?.args ?? []), ...contestant.program],
    interpreter: runtime.interpreter,
    environment: { ...runtime.environment, ...contestant.settings(stage), ...profiling?.environment },
    readyPath: contestant.readyPath,
    place: contestant.pinned ? 'server' : 'anywhere',
  });
  try {
    const reason = (await contestant.unavailable?.(server)) ?? null;
    if (reason !== null) return { kind: 'not measured', contestant: contestant.name, reason };
    return { kind: 'measured', run: await measure({ contestant, server, measuring, profileTo: file }) };
  } finally {
    await server.stop();
  }
}

interface Subject {
  readonly contestant: Contestant;
  readonly server: Server;
  readonly measuring: Measuring;
  /** The beginning of the files of its profile. */
  readonly profileTo: string | undefined;
}

const profileFile = ({ name }: Contestant, { profileTo, round }: Measuring) =>
  profileTo === undefined ? undefined : join(profileTo, `${name}-${round}`);

async function measure(subject: Subject): Promise<Run> {
  const { contestant, server, measuring } = subject;
  const { seconds, warmUpSeconds, openPerSecond, round } = measuring;
  await warmUp(subject, warmUpSeconds);
  const before = server.usage();
  const closed = await closedLoop(subject, seconds);
  const { cpuMs } = server.usage();
  const stages = [{ perSecond: openPerSecond, seconds }];
  const open = await load(subject, 'open', { kind: 'open', stages });
  return {
    contestant: contestant.name,
    round,
    perSecond: closed.requests / closed.seconds,
    cpuMicros: ((cpuMs - before.cpuMs) * 1_000) / closed.requests,
    latencyAtCeiling: closed.latency,
    open: { perSecond: openPerSecond, latency: open.latency },
    errors: together(closed.errors, open.errors),
    residentMib: server.usage().residentMib,
    generatorCpu: closed.generatorCpu,
    generatorLagMicros: open.generatorLagMicros,
  };
}

async function closedLoop(subject: Subject, seconds: number): Promise<LoadResult> {
  const { contestant, server, profileTo } = subject;
  const run = () => load(subject, 'closed', { kind: 'closed', seconds });
  if (profileTo === undefined) return run();
  const { result, profile } = await profileDuring(server, profileTo, run);
  const table = profileTable(contestant.title, summaryOf(profile), result.requests);
  await writeFile(`${profileTo}.cpuprofile`, JSON.stringify(profile));
  await appendFile(join(dirname(profileTo), 'profiles.md'), `${table}\n`);
  return result;
}

async function warmUp(subject: Subject, seconds: number): Promise<void> {
  const { preheat, warmUps = 1 } = subject.contestant;
  if (preheat !== undefined) {
    const keys = { kind: 'distinct', first: 0, count: preheat } as const;
    await load(subject, 'warm-up', { kind: 'burst', requests: preheat }, keys);
  }
  await load(subject, 'warm-up', { kind: 'closed', seconds: warmUps * seconds });
}

function load(
  { contestant, server, measuring }: Subject,
  phase: Phase,
  arrivals: Arrivals,
  keys = contestant.keys(phase),
): Promise<LoadResult> {
  const { stage, round } = measuring;
  const { writeShare } = contestant;
  const plan: LoadPlan = { ports: [server.port], connections: CONNECTIONS, arrivals, keys, seed: round };
  const writes = writeShare === undefined ? {} : { writes: { share: writeShare, apiKey: BENCH_KEY } };
  return (contestant.pinned ? stage.load : stage.freeLoad).run({ ...plan, ...writes });
}

function together(...counts: Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [kind, count] of counts.flatMap(Object.entries)) sum[kind] = (sum[kind] ?? 0) + count;
  return sum;
}
