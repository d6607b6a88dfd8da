import { constants } from 'node:os';
import type { ServiceExit } from '../guard/start-guard.js';

/** How a program ended, for people: `exit code 1`, `SIGKILL`. */
export function describeExit({ code, signal }: ServiceExit): string {
  if (code !== null) return `exit code ${code}`;
  return signal ?? 'nobody knows how';
}

/** The exit code that passes on how a program ended, as a shell would. */
export function exitCodeOf({ code, signal }: ServiceExit): number {
  if (code !== null) return code;
  return signal === null ? 1 : 128 + constants.signals[signal];
}
