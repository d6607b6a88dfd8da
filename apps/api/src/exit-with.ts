import { explainFailure } from './explain-failure.js';

/** Ends a process that could not start, with one plain text on the error stream instead of a stack. */
export function exitWith(error: unknown): never {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exit(1);
}
