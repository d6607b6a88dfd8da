import { setTimeout as pause } from 'node:timers/promises';
import type { Found } from '../budgets/budget.ts';
import { HOT_KEYS } from '../contestants/small-contestants.ts';
import type { Stage } from '../stage.ts';
import { startHotshelf, stopAll } from './fleet.ts';
import { measured, type Probe } from './probe.ts';

const WORKERS = [1, 2];
const PER_SECOND = 10_000;
const WARM_UP_SECONDS = 3;
const SECONDS = 120;
const SECONDS_QUICK = 15;
const EVERY_MS = 1_000;
/** What Prometheus sends. */
const ACCEPT = 'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5';

/** What a scrape takes, once a second, while the service answers hot requests at a rate. */
export const scrape: Probe = {
  name: 'scrape',
  budgets: WORKERS.flatMap((workers) => [`scrape-${workers}`, `scrape-${workers}-p99`]),
  run: async (stage, { quick }) => {
    const found: Record<string, Found> = {};
    for (const workers of WORKERS) {
      const tookMs = await scraped(stage, workers, quick ? SECONDS_QUICK : SECONDS);
      const p99 = tookMs.toSorted((one, other) => one - other)[Math.ceil(tookMs.length * 0.99) - 1];
      found[`scrape-${workers}`] = measured(...tookMs);
      found[`scrape-${workers}-p99`] = measured(p99 ?? Number.NaN);
    }
    return found;
  },
};

/** @returns the time of each scrape in ms */
async function scraped(stage: Stage, workers: number, seconds: number): Promise<number[]> {
  const servers = await startHotshelf(stage, 1, { WORKERS: String(workers) });
  try {
    const ports = servers.map(({ port }) => port);
    const load = (forSeconds: number) =>
      stage.freeLoad.run({
        ports,
        connections: 64,
        keys: { kind: 'uniform', count: HOT_KEYS },
        seed: 1,
        arrivals: { kind: 'open', stages: [{ perSecond: PER_SECOND, seconds: forSeconds }] },
      });
    await load(WARM_UP_SECONDS);
    let isLoaded = true;
    const loaded = load(seconds).finally(() => {
      isLoaded = false;
    });
    const tookMs: number[] = [];
    await pause(EVERY_MS);
    while (isLoaded) {
      const startMs = performance.now();
      const page = await scrapeOf(ports[0] ?? 0);
      const took = performance.now() - startMs;
      if (!page.includes(`workers_serving ${workers}\n`)) throw new Error('a worker is missing in the page');
      if (isLoaded) tookMs.push(took);
      await pause(Math.max(0, EVERY_MS - took));
    }
    const { errors } = await loaded;
    if (Object.keys(errors).length > 0) throw new Error(`requests failed: ${JSON.stringify(errors)}`);
    return tookMs;
  } finally {
    await stopAll(servers);
  }
}

/** Over a connection of its own, so that it may reach any worker. */
async function scrapeOf(port: number): Promise<string> {
  const headers = { accept: ACCEPT, connection: 'close' };
  return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
}
