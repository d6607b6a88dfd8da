// A process that starts services and stays, to be killed: node starter.ts <plan as JSON>. It prints their pids when they
// have started.

import { startPostgres } from '#src/apps/local/src/postgres';
import { hangUpWithNpm } from '#src/apps/local/src/processes';
import { type ServiceSpec, withServices } from '#src/apps/local/src/services';

export interface Plan {
  services?: ServiceSpec[];
  /** A Postgres with this home as well. */
  postgresHome?: string;
  fails?: boolean;
}

const plan = JSON.parse(process.argv[2] ?? '{}') as Plan;
hangUpWithNpm();
process.exitCode = await withServices(
  async (services) => {
    const pids: number[] = [];
    for (const spec of plan.services ?? []) pids.push((await services.start(spec)).pid);
    if (plan.postgresHome !== undefined)
      pids.push((await startPostgres({ services, home: plan.postgresHome, settings: { fsync: 'off' } })).pid);
    process.stdout.write(`${JSON.stringify(pids)}\n`);
    if (plan.fails) throw new Error('');
    setInterval(() => undefined, 1_000);
    return Promise.withResolvers<never>().promise;
  },
  () => 3,
);
process.exit();
