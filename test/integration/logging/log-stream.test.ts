import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

const STREAM = join(import.meta.dirname, '../../../dist/libs/logging/src/log-stream.js');
const LINES = 500;

/** What a process wrote that logs all its lines in one go and then ends in some way. */
async function writtenBy(ending: string): Promise<string[]> {
  const program = `
    import pino from 'pino';
    import { logStream } from '${STREAM}';
    const logger = pino(logStream());
    for (let n = 0; n < ${LINES}; n += 1) logger.info({ n }, 'x'.repeat(200));
    ${ending}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = (await text(child.stdout)).split('\n');
  assert.equal(lines.pop(), '', 'the last line is whole');
  return lines;
}

describe('the log of a process', () => {
  for (const [what, ending] of [
    ['runs to its end', ''],
    ['calls process.exit', 'process.exit(0);'],
    ['fails with an uncaught exception', 'throw new Error("x");'],
    ['fails with an unhandled rejection', 'Promise.reject(new Error("x"));'],
    ['fails later', 'setImmediate(() => { throw new Error("x"); });'],
  ] as const) {
    it(`has every line, whole and in order, where it ${what}`, async () => {
      const lines = await writtenBy(ending);
      assert.deepEqual(
        lines.map((line) => JSON.parse(line).n),
        Array.from({ length: LINES }, (_, n) => n),
      );
    });
  }
});
