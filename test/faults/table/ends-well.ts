import assert from 'node:assert/strict';
import type { Api } from '../../support/api.ts';

/** Well within `SHUTDOWN_TIMEOUT`, which is 10 s: a machine that is busy may need some of it. */
const ENDS_WITHIN_MS = 4_000;

/** Ends a process that went through a table: in order, soon, without an unhandled rejection, and no warning from Node. */
export async function endsWell(api: Api): Promise<void> {
  const askedAtMs = performance.now();
  const code = await api.stop();
  const tookMs = performance.now() - askedAtMs;
  assert.equal(code, 0);
  assert.ok(tookMs <= ENDS_WITHIN_MS, `it took ${Math.round(tookMs)} ms to end`);
  assert.deepEqual(api.errorLines(), []);
  assert.deepEqual(
    api.lines().filter((line) => /unhandled/i.test(line)),
    [],
  );
}
