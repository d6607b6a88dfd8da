import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { OpenLoad } from '../../support/open-load.ts';
import { until } from '../../support/until.ts';
import { processTree } from '../start/process-tree.ts';
import { linesOf, type Service, startWorkers } from './service.ts';

/** Asked for per second; what is asserted is less by what the last moments of a run may lack. */
const OFFERED = 550;
const LEAST = 500;

describe('SIGHUP', () => {
  let catalogue: Catalogue;
  let service: Service;

  before(async () => {
    catalogue = await createCatalogue(100);
    service = await startWorkers(2, { DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await service.stop();
    await catalogue.drop();
  });

  it('replaces every worker, one at a time, without a request of 500 a second that fails', async (t) => {
    const path = (n: number) => `/products/prod-${n % 100}`;
    const load = new OpenLoad(service.url, { perSecond: OFFERED, connections: 20, path });
    try {
      await until('the load runs', () => load.answered > 500);
      const old = service.workers();
      const samples: { readonly atMs: number; readonly living: ReadonlySet<number> }[] = [];
      process.kill(service.pid, 'SIGHUP');
      await until(
        'rolling restart finished',
        () => {
          samples.push({
            atMs: Date.now(),
            living: new Set(processTree(service.pid).map(({ pid }) => pid)),
          });
          return linesOf(service, 'rolling restart finished').length === 1;
        },
        40_000,
      );
      const report = await load.stop();
      const { failures, offeredPerSecond, answeredPerSecond } = report;
      t.diagnostic(`${report.answered} requests, ${Math.round(answeredPerSecond)}/s`);
      assert.deepEqual(failures, []);
      assert.ok(offeredPerSecond >= LEAST, `offered: ${offeredPerSecond}/s`);
      assert.ok(answeredPerSecond >= LEAST, `answered: ${answeredPerSecond}/s`);
      assert.ok(report.lastAnswers >= 10, 'kept connections were ended by an answer');
      // By the times of the lines: a line itself may be read a moment after it was logged.
      const serves = linesOf(service, 'worker serving');
      const serving = samples.map(
        ({ atMs, living }) =>
          serves.filter(({ time, worker }) => Date.parse(String(time)) <= atMs && living.has(Number(worker)))
            .length,
      );
      assert.ok(Math.min(...serving) >= 2, 'a new one serves before an old one goes');
      const now = service.workers();
      assert.equal(now.length, 2);
      assert.deepEqual(
        now.filter((pid) => old.includes(pid)),
        [],
      );
    } finally {
      await load.stop();
    }
  });

  it('says nothing of stopping to a balancer: the service goes on', async () => {
    const states: number[] = [];
    process.kill(service.pid, 'SIGHUP');
    await until(
      'rolling restart finished again',
      async () => {
        states.push((await service.get('/health/ready')).status);
        return linesOf(service, 'rolling restart finished').length === 2;
      },
      40_000,
    );
    assert.deepEqual([...new Set(states)], [200]);
  });
});
