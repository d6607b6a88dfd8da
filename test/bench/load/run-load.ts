import { runClosedLoad } from './closed-load.ts';
import { Connection } from './connection.ts';
import { Histogram } from './histogram.ts';
import { OpenLoadRun } from './open-load.ts';
import type { LoadPlan, LoadResult } from './plan.ts';
import { Recorder } from './recorder.ts';
import { requestStream } from './requests.ts';

const PATIENCE_MS = 10_000;

/** Puts a load on a server from within this process, and says what happened. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const connections = Array.from(
    { length: plan.connections },
    (_, n) => new Connection(plan.ports[n % plan.ports.length] ?? 0),
  );
  const nextRequest = requestStream(plan);
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const recorder = new Recorder(startMs);
  const lag = await drive({ plan, connections, nextRequest, recorder, startMs });
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const connection of connections) connection.close();
  return {
    seconds,
    requests: recorder.requests,
    errors: recorder.errors,
    latency: recorder.latency.toData(),
    timeline: recorder.timeline(),
    generatorCpu: (user + system) / 1e6 / seconds,
    generatorLagMicros: lag.quantile(0.99),
  };
}

interface Driving {
  readonly plan: LoadPlan;
  readonly connections: readonly Connection[];
  readonly nextRequest: () => string;
  readonly recorder: Recorder;
  readonly startMs: number;
}

/** @returns how late the generator was */
async function drive(driving: Driving): Promise<Histogram> {
  const { arrivals, patienceMs = PATIENCE_MS } = driving.plan;
  if (arrivals.kind === 'open') {
    const run = new OpenLoadRun({ ...driving, stages: arrivals.stages, patienceMs });
    await run.run();
    return run.lag;
  }
  const watch = setInterval(() => {
    for (const connection of driving.connections) connection.giveUp(performance.now() - patienceMs);
  }, 100);
  const bounds =
    arrivals.kind === 'burst'
      ? { endMs: Number.POSITIVE_INFINITY, limit: arrivals.requests }
      : { endMs: driving.startMs + arrivals.seconds * 1_000, limit: Number.POSITIVE_INFINITY };
  await runClosedLoad({ ...driving, ...bounds });
  clearInterval(watch);
  return new Histogram();
}
