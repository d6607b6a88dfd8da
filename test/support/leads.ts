import type { Api } from './api.ts';
import { namespace } from './redis-keys.ts';

/** The lock that the leader of the relay holds, as an expression of SQL. */
export const LEADER_LOCK = `hashtextextended('hotshelf relay ${namespace}', 0)`;

/** Whether a process leads the relay, by what it logged last. */
export function leads(api: Api): boolean {
  const last = api.lines().findLast((line) => /"(no longer )?leading"/.test(line));
  return last?.includes('"leading"') === true;
}
