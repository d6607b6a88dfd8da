import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { startLoad } from '../../support/load.ts';
import { until } from '../../support/until.ts';
import { linesOf, type Service, startWorkers } from './service.ts';

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

  it('replaces every worker, one at a time, without a request that fails', async (t) => {
    const path = (n: number) => `/products/prod-${n % 100}`;
    const load = startLoad(service.url, { clients: 20, whenTold: 'reconnect', path });
    try {
      await until('the load runs', () => load.answered > 500);
      const old = service.workers();
      const [startMs, before] = [performance.now(), load.answered];
      let fewest = old.length;
      process.kill(service.pid, 'SIGHUP');
      await until(
        'all workers are new',
        () => {
          fewest = Math.min(fewest, service.workers().length);
          return linesOf(service, 'all workers are new').length === 1;
        },
        40_000,
      );
      const rate = ((load.answered - before) * 1_000) / (performance.now() - startMs);
      const report = await load.stop();
      t.diagnostic(`${Math.round(rate)} requests/s meanwhile, ${report.answered} in all`);
      assert.deepEqual(report.failures, []);
      assert.equal(report.refused, 0);
      assert.ok(report.toldToClose >= 10, 'kept connections were ended by an answer');
      assert.ok(fewest >= 2, 'a new one serves before an old one goes');
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
      'all workers are new again',
      async () => {
        states.push((await service.get('/health/ready')).status);
        return linesOf(service, 'all workers are new').length === 2;
      },
      40_000,
    );
    assert.deepEqual([...new Set(states)], [200]);
  });
});
