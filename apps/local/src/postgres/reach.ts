import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { credentials, type RunAs } from './run-as.js';

const run = promisify(execFile);

/** What came of trying to run a program as a user. */
export type Trial = { kind: 'runs'; output: string } | { kind: 'fails'; reason: string };

/**
 * Whether the user gets into this folder. It is tried, not computed from modes: access lists and security modules
 * have their say too.
 */
export async function canEnter(folder: string, runAs: RunAs): Promise<boolean> {
  const trial = await tryToRun('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], runAs);
  return trial.kind === 'runs';
}

/** Runs a short program as that user, with a bound on its time. */
export async function tryToRun(program: string, args: readonly string[], runAs: RunAs): Promise<Trial> {
  try {
    const options = { cwd: '/', timeout: 10_000, ...credentials(runAs) };
    const { stdout } = await run(program, args, options);
    return { kind: 'runs', output: stdout.trim() };
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return { kind: 'fails', reason: stderr?.trim() || message };
  }
}
