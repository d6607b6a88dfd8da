import { mkdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { startWorkers } from '../e2e/workers/service.ts';
import { openBrowser } from '../support/browser.ts';
import { createCatalogue } from '../support/catalogue.ts';
import { SCREENSHOTS } from '../support/commands.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { Visitors } from './visitors.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/images');
const PRODUCTS = 10_000;
const MAX_BYTES = 200_000;
/** So much of the past that the charts have something to show. */
const LOAD_MS = 85_000;
const AWAY_MS = 8_000;

commandLine(SCREENSHOTS);

const say = (text: string) => process.stdout.write(`${text}\n`);
const large: string[] = [];

/** Takes what a reader of 1,280 pixels sees, to the end of the page. */
async function picture(page: Page, name: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  // Charts are drawn once a second, in the colours of the moment.
  await pause(1_500);
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  const { size } = statSync(path);
  say(`${relative(ROOT, path)}  ${Math.ceil(size / 1_000)} kB`);
  if (size > MAX_BYTES) large.push(name);
}

async function openConsole(browser: Browser, url: string, width: number): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  await page.goto(`${url}/console`);
  return page;
}

mkdirSync(FOLDER, { recursive: true });
const browser = await openBrowser();
const [catalogue, redis] = await Promise.all([createCatalogue(PRODUCTS), startRedisServer()]);
const service = await startWorkers(2, {
  DATABASE_URL: catalogue.url,
  REDIS_URL: redis.url,
  NODE_ENV: 'development',
  LOG_SAMPLE_RATE: '0',
});
const visitors = new Visitors(service.url, PRODUCTS);
try {
  const page = await openConsole(browser, service.url, 1_280);
  const phone = await openConsole(browser, service.url, 390);
  await pause(3_000);
  say(`${LOAD_MS / 1_000} s of load; then Redis is away for ${AWAY_MS / 1_000} s`);
  visitors.come();
  await pause(LOAD_MS);
  await picture(page, 'console-light', 'light');
  await picture(page, 'console-dark', 'dark');
  await picture(phone, 'console-phone', 'dark');
  await redis.kill();
  await until('the page shows that Redis is away', async () =>
    /away/.test((await page.textContent('#state-l2')) ?? ''),
  );
  await pause(AWAY_MS);
  await picture(page, 'console-redis-away', 'light');
} finally {
  await visitors.leave();
  await browser.close();
  await service.stop();
  await catalogue.drop();
  await redis.stop();
}
if (large.length > 0) {
  process.stderr.write(`more than ${MAX_BYTES / 1_000} kB: ${large.join(', ')}\n`);
  process.exitCode = 1;
}
