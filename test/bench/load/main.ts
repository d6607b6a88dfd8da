import type { LoadPlan } from './plan.ts';
import { runLoad } from './run-load.ts';

/** The load generator as a process of its own, so that it can have a core of its own: a plan comes in, a result goes out. */
process.on('message', (plan: LoadPlan) => {
  runLoad(plan).then(
    (result) => process.send?.({ kind: 'done', result }),
    (error: unknown) => process.send?.({ kind: 'failed', reason: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
