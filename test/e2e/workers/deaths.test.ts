import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { OpenLoad } from '../../support/open-load.ts';
import { until } from '../../support/until.ts';
import { gone } from '../start/process-tree.ts';
import { linesOf, startWorkers } from './service.ts';

const CONNECTIONS = 8;
const path = (n: number) => `/products/prod-${n % 100}`;

describe('with several workers', () => {
  let catalogue: Catalogue;
  const settings = () => ({ DATABASE_URL: catalogue.url });

  before(async () => {
    catalogue = await createCatalogue(100);
  });
  after(() => catalogue.drop());

  it('one that is killed fails what it was answering and nothing else, and is replaced within a second', async (t) => {
    const service = await startWorkers(2, settings());
    const spare = await service.spare();
    const load = new OpenLoad(service.url, { perSecond: 500, connections: CONNECTIONS, path });
    try {
      await until('the load runs', () => load.answered > 200);
      const [victim = 0] = service.workers();
      const killedAtMs = Date.now();
      process.kill(victim, 'SIGKILL');
      await service.served(3);
      const [last] = linesOf(service, 'worker serving').slice(-1);
      // By the clock of the log, whose lines are written a little later.
      const backAfterMs = Date.parse(String(last?.['time'])) - killedAtMs;
      t.diagnostic(`capacity was back after ${backAfterMs} ms`);
      assert.equal(last?.['worker'], spare);
      assert.ok(backAfterMs < 1_000, `${backAfterMs} ms`);
      const before = load.answered;
      await until('the load goes on', () => load.answered > before + 200);
      const report = await load.stop();
      // A connection has one request under way at most.
      assert.ok(report.failures.length <= CONNECTIONS, report.failures.join());
      const [death] = linesOf(service, 'worker exited unexpectedly');
      assert.deepEqual(
        [death?.['worker'], death?.['signal'], death?.['replacedInMs']],
        [victim, 'SIGKILL', 0],
      );
      assert.equal(service.workers().length, 2);
    } finally {
      await load.stop();
      assert.equal(await service.stop(), 0);
    }
  });

  it('one that hangs is noticed, killed and replaced', async () => {
    const service = await startWorkers(2, settings());
    try {
      const [victim = 0] = service.workers();
      process.kill(victim, 'SIGSTOP');
      await until('it is replaced', () => linesOf(service, 'worker serving').length === 3, 30_000);
      const [line] = linesOf(service, 'worker is unresponsive; killed');
      assert.equal(line?.['worker'], victim);
      await gone([victim]);
    } finally {
      assert.equal(await service.stop(), 0);
    }
  });

  it('all end when their parent is killed', async () => {
    const service = await startWorkers(2, settings());
    const pids = service.workers();
    assert.equal(pids.length, 2);
    await service.stop('SIGKILL');
    await gone(pids);
  });

  it('one that an operator ends goes in order and is replaced', async () => {
    const service = await startWorkers(2, settings());
    const load = new OpenLoad(service.url, { perSecond: 500, connections: CONNECTIONS, path });
    try {
      await until('the load runs', () => load.answered > 200);
      process.kill(service.workers()[0] ?? 0, 'SIGTERM');
      await service.served(3);
      assert.deepEqual((await load.stop()).failures, []);
    } finally {
      await load.stop();
      assert.equal(await service.stop(), 0);
    }
  });
});
