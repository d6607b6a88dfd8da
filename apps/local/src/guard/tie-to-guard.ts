import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { ServiceSpec } from './protocol.js';

let canTie: boolean | undefined;

/**
 * A command line that starts the service and has the kernel send it its stop signal should the guard die. It is the
 * last rope: for when guard and starter are killed at one blow (`killall -9 node`) and nobody is left who knows the
 * service. Where the system has no `setpriv` the command line stays as it is.
 *
 * See PR_SET_PDEATHSIG in prctl(2), and setpriv(1).
 */
export function tieToGuard({
  command,
  args,
  stopSignal,
}: ServiceSpec): Pick<ServiceSpec, 'command' | 'args'> {
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
