import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../../support/until.ts';
import { type Home, makeHome } from '../start/home.ts';
import { gone } from '../start/process-tree.ts';
import { runStart, type Start } from '../start/run-start.ts';

describe('npm start with several workers', () => {
  let home: Home;
  let start: Start;
  let url: string;

  before(async () => {
    home = await makeHome();
    start = runStart(home, { WORKERS: '2', LOG_LEVEL: 'info' });
    ({ url } = await start.ready());
  });
  after(async () => {
    await home.endRuns();
    await home.remove();
  });

  /** The parent of the workers was started first. */
  const service = () => start.started('apps/api/src/main.js');

  it('runs them under one parent, and serves', async () => {
    await until('both serve', () => (start.output().match(/worker serving/g) ?? []).length === 2);
    assert.equal((await fetch(`${url}/products/prod-1`)).status, 200);
    await until('there are the parent, its workers and a spare', () => service().length === 4);
  });

  it('goes on when one of them is killed', async () => {
    process.kill(service()[1] ?? 0, 'SIGKILL');
    await until('it is replaced', () => (start.output().match(/worker serving/g) ?? []).length === 3);
    assert.equal((await fetch(`${url}/products/prod-1`)).status, 200);
  });

  it('ends all of them in order on Ctrl-C', async () => {
    const pids = start.started('');
    process.kill(start.pid, 'SIGINT');
    assert.deepEqual(await start.ended, { code: 0, signal: null });
    await gone(pids);
  });
});
