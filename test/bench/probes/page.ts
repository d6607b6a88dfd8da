import { createCatalogue } from '../../support/catalogue.ts';
import { Histogram } from '../load/histogram.ts';
import type { Stage } from '../stage.ts';
import { startHotshelf, stopAll } from './fleet.ts';
import { measured, notMeasured, type Probe } from './probe.ts';

const SMALL = 10_000;
const LARGE = 1_000_000;
const PAGES = 400;
const LIMIT = 50;
const AT_ONCE = 4;

/** Whether a page of a category costs the same in a large catalogue: its 99th percentile there, to that in a small one. */
export const page: Probe = {
  name: 'page',
  budgets: ['page'],
  run: async (stage, { quick }) => {
    if (quick) return { page: notMeasured('skipped by --quick') };
    if (stage.products < LARGE) return { page: notMeasured(`the catalogue has ${stage.products} products`) };
    const large = await p99Of(stage);
    if (typeof large === 'string') return { page: notMeasured(large) };
    const catalogue = await createCatalogue(SMALL);
    try {
      const small = await p99Of({ ...stage, catalogue });
      if (typeof small === 'string') return { page: notMeasured(small) };
      return { page: measured(large / small) };
    } finally {
      await catalogue.drop();
    }
  },
};

/** @returns microseconds, or why there is no such page */
async function p99Of(stage: Stage): Promise<number | string> {
  const servers = await startHotshelf(stage, 1);
  try {
    const url = `http://127.0.0.1:${servers[0]?.port}/products?category=cat-test&limit=${LIMIT}`;
    const { status } = await fetch(url);
    if (status !== 200) return `GET /products?category= answered ${status}`;
    const latency = new Histogram();
    await walk(url, PAGES / 4, new Histogram());
    await Promise.all(Array.from({ length: AT_ONCE }, () => walk(url, PAGES, latency)));
    return latency.quantile(0.99);
  } finally {
    await stopAll(servers);
  }
}

/** Reads page after page by their cursors, past the cache, and from the start again at the end. */
async function walk(url: string, pages: number, latency: Histogram): Promise<void> {
  let cursor: string | null = null;
  for (let n = 0; n < pages; n++) {
    const startMs = performance.now();
    const suffix: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await fetch(url + suffix, { headers: { 'cache-control': 'no-cache' } });
    const { next_cursor } = (await response.json()) as { next_cursor: string | null };
    latency.record((performance.now() - startMs) * 1_000);
    cursor = next_cursor;
  }
}
