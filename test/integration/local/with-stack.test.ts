import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { until } from '../../support/until.ts';

const PROGRAM = path.join(import.meta.dirname, 'programs/given-up.ts');

/** After which a signal is taken for another one; what holds the stop up takes longer still. */
const LONGER_THAN_AN_ECHO_MS = 700;

/** Runs a command, and waits for its first word. */
async function run(test: TestContext, how: 'stopped' | 'failed' | 'held-up') {
  const child = spawn(process.execPath, [PROGRAM, how], { stdio: ['ignore', 'pipe', 'pipe'] });
  test.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const closed = once(child, 'close');
  await until('it is under way', () => output !== '');
  return { child, closed, output: () => output };
}

describe('a command with servers of its own', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`stops on ${signal}, and what its work does after that is not told any more`, async (test) => {
      const { child, closed, output } = await run(test, 'stopped');
      child.kill(signal);
      assert.deepEqual(await closed, [0, null]);
      assert.equal(output(), 'Under way.\nStopping.\n');
    });
  }

  it('tells nothing of its other parts any more when one has failed', async (test) => {
    const { closed, output } = await run(test, 'failed');
    assert.deepEqual(await closed, [1, null]);
    assert.equal(output(), 'Under way.\nPostgres did not start.\n');
  });

  for (const [signal, code] of [
    ['SIGHUP', 0],
    ['SIGTERM', 130],
  ] as const) {
    it(`${code === 0 ? 'goes on stopping in order' : 'ends at once'} on a later ${signal}`, async (test) => {
      const { child, closed } = await run(test, 'held-up');
      child.kill('SIGINT');
      const repeatUntil = performance.now() + LONGER_THAN_AN_ECHO_MS;
      await until('it is told again', () => !child.kill(signal) || performance.now() > repeatUntil);
      assert.deepEqual(await closed, [code, null]);
    });
  }
});
