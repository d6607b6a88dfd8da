import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { tieToParent } from '../../src/guard/tie-to-parent.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type Compiled = { kind: 'compiled' } | { kind: 'failed'; output: string };

/** Compiles all of the project into `dist` with the Nest CLI. */
export async function compile(root: string): Promise<Compiled> {
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const { command, args } = tieToParent({
    command: process.execPath,
    args: [nest, 'build', '--all'],
    stopSignal: 'SIGTERM',
  });
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const letGo = endWithThisProcess(child);
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  letGo();
  return code === 0 ? { kind: 'compiled' } : { kind: 'failed', output: `${stdout}${stderr}` };
}

/** A compiler that outlived this process would go on writing into dist, which is locked no longer then. */
function endWithThisProcess(child: ChildProcess): () => void {
  const end = () => {
    child.kill();
    process.exit(1);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}
