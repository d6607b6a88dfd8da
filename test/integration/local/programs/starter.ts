// A process that starts services and stays, to be killed: node starter.ts <plan as JSON>. It prints one line of JSON
// when everything stands.
import { type ServiceSpec, startGuard } from '#src/apps/local/src/guard/start-guard';
import { startPostgres } from '#src/apps/local/src/postgres/start-postgres';

export interface Plan {
  services: ServiceSpec[];
  /** A Postgres with this home as well. */
  postgresHome?: string;
}

export interface Started {
  /** In the order of the plan, Postgres last. */
  pids: number[];
}

const plan = JSON.parse(process.argv[2] ?? '{}') as Plan;
const guard = await startGuard();
const pids: number[] = [];
for (const spec of plan.services) pids.push((await guard.run(spec)).pid);
if (plan.postgresHome !== undefined) {
  const settings = { fsync: 'off' };
  pids.push((await startPostgres({ guard, home: plan.postgresHome, settings })).pid);
}
process.stdout.write(`${JSON.stringify({ pids } satisfies Started)}\n`);
// The guard's channel keeps this process running.
