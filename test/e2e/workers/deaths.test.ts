import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { startLoad } from '../../support/load.ts';
import { until } from '../../support/until.ts';
import { gone } from '../start/process-tree.ts';
import { linesOf, startWorkers } from './service.ts';

const CLIENTS = 8;
const path = (n: number) => `/products/prod-${n % 100}`;

describe('with several workers', () => {
  let catalogue: Catalogue;
  const settings = () => ({ DATABASE_URL: catalogue.url });

  before(async () => {
    catalogue = await createCatalogue(100);
  });
  after(() => catalogue.drop());

  it('one that is killed fails what it was answering and nothing else, and is replaced at once', async (t) => {
    const service = await startWorkers(2, settings());
    const load = startLoad(service.url, { clients: CLIENTS, whenTold: 'reconnect', path, pauseMs: 2 });
    try {
      await until('the load runs', () => load.answered > 200);
      const [victim = 0] = service.workers();
      const killedAtMs = performance.now();
      process.kill(victim, 'SIGKILL');
      await service.served(3);
      const backAfterMs = performance.now() - killedAtMs;
      t.diagnostic(`capacity was back after ${Math.round(backAfterMs)} ms`);
      assert.ok(backAfterMs < 10_000, `${backAfterMs} ms`);
      const before = load.answered;
      await until('the load goes on', () => load.answered > before + 200);
      const report = await load.stop();
      // A client has one request under way at most.
      assert.ok(report.failures.length <= CLIENTS, report.failures.join());
      assert.equal(report.refused, 0);
      const [death] = linesOf(service, 'a worker has ended by itself');
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
      await until('it is replaced', () => linesOf(service, 'a worker serves').length === 3, 30_000);
      const [line] = linesOf(service, 'a worker does not answer and is killed');
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
    const load = startLoad(service.url, { clients: CLIENTS, whenTold: 'reconnect', path, pauseMs: 2 });
    try {
      await until('the load runs', () => load.answered > 200);
      process.kill(service.workers()[0] ?? 0, 'SIGTERM');
      await service.served(3);
      const report = await load.stop();
      assert.deepEqual([report.failures, report.refused], [[], 0]);
    } finally {
      await load.stop();
      assert.equal(await service.stop(), 0);
    }
  });
});
