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

describe('the processes of npm start', () => {
  let home: Home;
  let start: Start;
  let url: string;
  let pids: number[];

  before(async () => {
    home = await makeHome();
  });
  beforeEach(async () => {
    start = runStart(home);
    ({ url } = await start.ready());
    pids = start.started('');
  });
  afterEach(() => home.endRuns());
  after(() => home.remove());

  const read = async () => (await fetch(`${url}/products/prod-1`)).status;

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`end in order on ${signal}, and it exits with 0`, async () => {
      process.kill(start.pid, signal);
      assert.deepEqual(await start.ended, { code: 0, signal: null });
      await gone(pids);
      assert.match(
        await readFile(join(home.folder, 'postgres/postgres.log'), 'utf8'),
        /database system is shut down/,
      );
    });
  }

  it('are gone soon after it was killed', async () => {
    process.kill(start.pid, 'SIGKILL');
    await gone(pids);
  });

  it('are killed at once when it is told a second time', async () => {
    // An api that hangs holds the orderly way up.
    process.kill(pidOf(start, 'apps/api/src/main.js'), 'SIGSTOP');
    process.kill(start.pid, 'SIGINT');
    let over = false;
    void start.ended.then(() => {
      over = true;
    });
    await until('it gives in', () => over || !process.kill(start.pid, 'SIGINT'));
    assert.equal((await start.ended).code, 130);
    await gone(pids);
  });

  it('end with the api, whose exit code it passes on', async () => {
    process.kill(pidOf(start, 'apps/api/src/main.js'), 'SIGKILL');
    assert.equal((await start.ended).code, 137);
    assert.match(start.output(), /^The api has ended by itself \(SIGKILL\)\.$/m);
    await gone(pids);
  });

  it('go on when Redis dies: it is told, and reads are answered', async () => {
    process.kill(pidOf(start, 'redis-server'), 'SIGKILL');
    await until('it is told', () => /^Redis has ended by itself \(SIGKILL\)\./m.test(start.output()));
    assert.equal(await read(), 200);
    process.kill(start.pid, 'SIGINT');
    assert.equal((await start.ended).code, 0);
    await gone(pids);
  });

  it('go on when Postgres dies: it is told, and what is cached is served', async () => {
    assert.equal(await read(), 200);
    process.kill(pidOf(start, '/bin/postgres -D'), 'SIGKILL');
    await until('it is told', () => /^Postgres has ended by itself \(SIGKILL\)\./m.test(start.output()));
    assert.equal(await read(), 200);
    process.kill(start.pid, 'SIGINT');
    assert.equal((await start.ended).code, 0);
    await gone(pids);
  });
});

describe('the processes of npm start, under npm', () => {
  let home: Home;
  let start: Start;
  let pids: number[];

  before(async () => {
    home = await makeHome();
  });
  beforeEach(async () => {
    // Where the shell puts the command in its own place, as this one does, npm's signals reach it for sure.
    start = runStart(home, { npm_config_script_shell: 'bash' }, ['npm', 'start']);
    await start.ready();
    pids = start.started('');
  });
  afterEach(() => home.endRuns());
  after(() => home.remove());

  it('end in order on Ctrl-C, which npm hands on a second time', async () => {
    process.kill(-start.pid, 'SIGINT');
    await start.ended;
    await gone(pids);
    const log = await readFile(join(home.folder, 'postgres/postgres.log'), 'utf8');
    assert.match(log, /received fast shutdown request/);
    assert.doesNotMatch(log, /received immediate shutdown request/);
  });

  it('are gone soon after npm was killed', async () => {
    process.kill(start.pid, 'SIGKILL');
    await gone(pids);
  });
});
