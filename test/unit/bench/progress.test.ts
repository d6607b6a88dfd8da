import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { showingProgress } from '../../bench/progress.ts';
import { openCommand } from '../../bench/report/open-command.ts';

const ERASED = '\r\u001b[K';

describe('progress', () => {
  it('is shown on a terminal each second, and erased at the end', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const written: string[] = [];
    const terminal = { isTTY: true, write: (text: string) => written.push(text) };
    const result = await showingProgress(
      'a probe',
      async () => {
        context.mock.timers.tick(2_000);
        return 7;
      },
      terminal,
    );
    assert.equal(result, 7);
    assert.equal(written.length, 3);
    for (const text of written.slice(0, 2)) {
      assert.ok(text.startsWith(ERASED));
      assert.match(text, / \d+ s {2}a probe$/);
    }
    assert.equal(written.at(-1), ERASED);
    context.mock.timers.tick(5_000);
    assert.equal(written.length, 3);
  });

  it('is erased if the work fails', async () => {
    const written: string[] = [];
    const terminal = { isTTY: true, write: (text: string) => written.push(text) };
    const work = showingProgress('a probe', () => Promise.reject(new Error('broken')), terminal);
    await assert.rejects(work, /broken/);
    assert.deepEqual(written, [ERASED]);
  });

  it('is not shown elsewhere', async () => {
    const terminal = { write: () => assert.fail() };
    assert.equal(await showingProgress('a probe', async () => 7, terminal), 7);
  });
});

describe('the command that opens a report', () => {
  it('is that of the system', () => {
    assert.equal(openCommand('/a b/report.html', 'linux'), "xdg-open '/a b/report.html'");
    assert.equal(openCommand('/report.html', 'darwin'), "open '/report.html'");
  });
});
