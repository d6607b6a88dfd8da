import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();

process.on('exit', (code) => {
  for (const child of children) child.kill('SIGKILL');
  const isTestFile = process.env.NODE_TEST_CONTEXT !== undefined;
  if (!isTestFile || code !== 0 || children.size === 0) return;
  const left = [...children].map(
    ({ spawnfile, spawnargs }) => `${spawnfile} ${spawnargs.slice(1).join(' ')}`,
  );
  process.stderr.write(`All tests of this file have passed, but it has left running:\n${left.join('\n')}\n`);
  process.exitCode = 1;
});

/**
 * Ends a child process with this one: a test that fails, or is cut off, stops nothing itself. One that passes has to: a
 * test file that has passed, and left such a child, fails.
 */
export function endWithMe(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
}
