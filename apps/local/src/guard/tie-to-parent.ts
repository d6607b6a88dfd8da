// Imports no code of this project, so that it runs both compiled and, under apps/local/bin, as it stands.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { ServiceSpec } from './protocol.js';

export type CommandLine = Pick<ServiceSpec, 'command' | 'args'>;

let canTie: boolean | undefined;

/**
 * A command line that starts a program and has the kernel send it its stop signal should the process that spawned it
 * die. It is the last rope: for when guard and starter are killed at one blow (`killall -9 node`) and nobody is left
 * who knows the program. Where the system has no `setpriv` the command line stays as it is.
 *
 * See PR_SET_PDEATHSIG in prctl(2), and setpriv(1).
 */
export function tieToParent({
  command,
  args,
  stopSignal,
}: CommandLine & Pick<ServiceSpec, 'stopSignal'>): CommandLine {
  canTie ??= spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0;
  // Through setpriv, a program that can't be started would look like one that started and ended.
  if (!canTie || !isAbsolute(command) || !isExecutable(command)) return { command, args };
  return {
    command: 'setpriv',
    args: ['--pdeathsig', stopSignal.slice('SIG'.length), '--', command, ...args],
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
