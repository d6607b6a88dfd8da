import assert from 'node:assert/strict';
import type { Api } from '../../support/api.ts';

/** Ends a process that went through a table: in order, and with nothing that nobody handled in its log. */
export async function endsWell(api: Api): Promise<void> {
  const code = await api.stop();
  assert.equal(code, 0);
  assert.deepEqual(
    api.lines().filter((line) => /unhandled/i.test(line)),
    [],
  );
}
