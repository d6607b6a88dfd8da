import type { Api } from './api.ts';

/** Whether a process leads the relay, by what it logged last. */
export function leads(api: Api): boolean {
  const last = api.lines().findLast((line) => /"(no longer )?leading"/.test(line));
  return last?.includes('"leading"') === true;
}
