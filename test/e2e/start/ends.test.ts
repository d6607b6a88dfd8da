import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { until } from '../../support/until.ts';
import { type Home, makeHome } from './home.ts';
import { gone } from './process-tree.ts';
import { runStart, type Start } from './run-start.ts';

/** The first process of all that a start has brought up whose command line has this in it. */
function pidOf(start: Start, commandPart: string): number {
  const [pid] = start.started(commandPart);
  assert.ok(pid !== undefined, `${commandPart} runs`);
  return pid;
}

/** Of the service's log, as raw lines or in a readable form. */
const WARNING = /"level":"(?:warn|error|fatal)"|\b(?:WARN|ERROR|FATAL)\b/;

/** A start for every test of a suite, on one home. */
function eachWithItsStart(settings?: NodeJS.ProcessEnv, command?: readonly [string, ...string[]]) {
  const run = {} as { home: Home; start: Start; url: string; pids: number[] };
  before(async () => {
    run.home = await makeHome();
  });
  beforeEach(async () => {
    run.start = runStart(run.home, settings, command);
    run.url = (await run.start.ready()).url;
    run.pids = run.start.started('');
  });
  afterEach(() => run.home.endRuns());
  after(() => run.home.remove());
  return run;
}

// Two suites side by side: a start waits for others as much as it works.
describe('the processes of npm start', { concurrency: 2 }, () => {
  describe('when it is ended', { concurrency: 1 }, () => {
    const run = eachWithItsStart();

    it('end in order on Ctrl-C, and it exits with 0', async () => {
      const { home, start, pids } = run;
      const before = start.output().length;
      process.kill(start.pid, 'SIGINT');
      assert.deepEqual(await start.ended, { code: 0, signal: null });
      await gone(pids);
      assert.doesNotMatch(start.output().slice(before), WARNING);
      assert.match(
        await readFile(join(home.folder, 'postgres/postgres.log'), 'utf8'),
        /database system is shut down/,
      );
    });

    it('are gone soon after it was killed', async () => {
      const { start, pids } = run;
      process.kill(start.pid, 'SIGKILL');
      await gone(pids);
    });
  });

  describe('when one of them dies', { concurrency: 1 }, () => {
    const run = eachWithItsStart();
    const read = async () => (await fetch(`${run.url}/products/prod-1`)).status;

    it('end with the api, whose exit code it passes on', async () => {
      const { start, pids } = run;
      process.kill(pidOf(start, 'apps/api/src/main.js'), 'SIGKILL');
      assert.equal((await start.ended).code, 137);
      assert.match(start.output(), /^The api has ended by itself \(SIGKILL\)\.$/m);
      await gone(pids);
    });

    it('go on when Redis dies: that is printed, and reads are answered', async () => {
      const { start, pids } = run;
      process.kill(pidOf(start, 'redis-server'), 'SIGKILL');
      await until('it is printed', () => /^Redis has ended by itself \(SIGKILL\)\./m.test(start.output()));
      assert.equal(await read(), 200);
      process.kill(start.pid, 'SIGINT');
      assert.equal((await start.ended).code, 0);
      await gone(pids);
    });

    it('go on when Postgres dies: that is printed, and cached entries are served', async () => {
      const { start, pids } = run;
      assert.equal(await read(), 200);
      process.kill(pidOf(start, '/bin/postgres -D'), 'SIGKILL');
      await until('it is printed', () => /^Postgres has ended by itself \(SIGKILL\)\./m.test(start.output()));
      assert.equal(await read(), 200);
      process.kill(start.pid, 'SIGINT');
      assert.equal((await start.ended).code, 0);
      await gone(pids);
    });
  });

  describe('under npm', { concurrency: 1 }, () => {
    // Where the shell puts the command in its own place, as this one does, npm's signals reach it for sure.
    const run = eachWithItsStart({ npm_config_script_shell: 'bash' }, ['npm', 'start']);

    it('end in order on Ctrl-C, which npm hands on a second time', async () => {
      const { home, start, pids } = run;
      const before = start.output().length;
      process.kill(-start.pid, 'SIGINT');
      await start.ended;
      await gone(pids);
      assert.doesNotMatch(start.output().slice(before), WARNING);
      const log = await readFile(join(home.folder, 'postgres/postgres.log'), 'utf8');
      assert.match(log, /received fast shutdown request/);
      assert.doesNotMatch(log, /received immediate shutdown request/);
    });

    it('are gone soon after npm was killed', async () => {
      const { start, pids } = run;
      process.kill(start.pid, 'SIGKILL');
      await gone(pids);
    });
  });
});
