import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counter, Gauge, Registry } from 'prom-client';
import { FleetMetrics, type Snapshot } from '#libs/metrics';

/** The metrics of a worker that has counted so many reads and holds so many entries. */
async function worker(reads: number, entries: number): Promise<Snapshot> {
  const registry = new Registry();
  new Counter({ name: 'reads_total', help: 'Reads.', registers: [registry] }).inc(reads);
  new Gauge({ name: 'entries', help: 'Entries.', registers: [registry] }).set(entries);
  return registry.getMetricsAsJSON();
}

const numberIn = (page: string, name: string) => {
  const found = new RegExp(`^${name} (.+)$`, 'm').exec(page)?.[1];
  return found === undefined ? undefined : Number(found);
};

describe('the metrics of a fleet', () => {
  it('are the sum over those who answer', async () => {
    const fleet = new FleetMetrics();
    fleet.seen(1, await worker(10, 3));
    fleet.seen(2, await worker(5, 4));
    const page = await fleet.page(new Set([1, 2]));
    assert.deepEqual([numberIn(page, 'reads_total'), numberIn(page, 'entries')], [15, 7]);
  });

  it('keep the counters of one that does not answer, and not its gauges', async () => {
    const fleet = new FleetMetrics();
    fleet.seen(1, await worker(10, 3));
    fleet.seen(2, await worker(5, 4));
    const page = await fleet.page(new Set([2]));
    assert.deepEqual([numberIn(page, 'reads_total'), numberIn(page, 'entries')], [15, 4]);
  });

  it('keep the counters of all that are gone, however many, and count none of them twice', async () => {
    const fleet = new FleetMetrics();
    for (let pid = 1; pid <= 5; pid += 1) {
      fleet.seen(pid, await worker(10, 3));
      fleet.gone(pid);
      fleet.gone(pid);
      const [page] = await Promise.all([fleet.page(new Set()), fleet.page(new Set())]);
      assert.deepEqual([numberIn(page, 'reads_total'), numberIn(page, 'entries')], [10 * pid, undefined]);
    }
  });

  it('forget no worker that leaves while a page is rendered', async () => {
    const fleet = new FleetMetrics();
    for (const pid of [1, 2]) {
      fleet.seen(pid, await worker(10, 3));
      fleet.gone(pid);
    }
    fleet.seen(3, await worker(10, 3));
    const page = fleet.page(new Set([3]));
    fleet.gone(3);
    await page;
    assert.equal(numberIn(await fleet.page(new Set()), 'reads_total'), 30);
  });
});
