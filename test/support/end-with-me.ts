import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Ends a child process with this one: a test that fails, or is cut off, stops nothing itself. */
export function endWithMe(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
}
