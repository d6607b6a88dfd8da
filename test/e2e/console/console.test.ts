import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../../support/browser.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { type Service, startWorkers } from '../workers/service.ts';
import { assertAccessible, assertFits, type Opened, openPage } from './pages.ts';

describe('the console in a browser', { timeout: 300_000 }, () => {
  let browser: Browser;
  let redis: RedisServer;
  let catalogue: Catalogue;
  let service: Service;
  let console: Opened;

  before(async () => {
    browser = await openBrowser();
    redis = await startRedisServer();
    catalogue = await createCatalogue(2_000);
    service = await startWorkers(2, {
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      NODE_ENV: 'development',
      LOG_SAMPLE_RATE: '0',
    });
    console = await openPage(browser, `${service.url}/console`);
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
    await catalogue?.drop();
    await redis?.stop();
  });

  it('shows a service at rest that is well', async () => {
    await console.shows('status-text', /^All is well$/);
    await console.shows('workers', /^2\/2$/);
    for (const id of ['state-l1', 'state-l2', 'state-postgres']) await console.shows(id, /^✓ /);
    await until(
      'both processes are listed',
      async () => (await console.page.locator('#processes tr').count()) === 2,
    );
  });

  it('moves under load, with the numbers of all workers', async () => {
    await console.page.focus('#do-load');
    await console.page.keyboard.press('Enter');
    for (const id of ['requests', 'flow-l1', 'flow-l2', 'flow-postgres', 'statements'])
      await console.shows(id, /^[1-9]/);
    for (const id of ['p50', 'p99']) await console.shows(id, /^\d/);
    await console.shows('share-l1', /^\d+\.\d % hits$/);
    const path = '#chart-requests .series-1';
    await until('a line is drawn', async () => /L/.test((await console.page.getAttribute(path, 'd')) ?? ''));
    const label = await console.page.getAttribute('#chart-requests', 'aria-label');
    assert.match(label ?? '', /^Requests per second, now: requests [\d.,]+\/s, errors 0\/s;/);
  });

  it('shows how a change of a price reaches every process', async () => {
    await console.page.focus('#do-price');
    await console.page.keyboard.press('Enter');
    await console.shows(
      'try-result',
      /^prod-1 costs [\d.]+ now\. Notified: process \d+ within \d+ ms.* 2 of 2\.$/,
    );
    const [row] = await catalogue.sql<{ price: string }>(`SELECT price FROM products WHERE id = 'prod-1'`);
    assert.ok((await console.text('try-result')).includes(`costs ${Number(row?.price)} now`));
  });

  it('has nothing that hinders a reader, in light and in dark', () => assertAccessible(console.page));

  it('shows in words that Redis is lost, and that it is back', async (context) => {
    await console.shows('state-l2', /^✓ trusted$/);
    await redis.kill();
    const killedAtMs = performance.now();
    await console.shows('state-l2', /^! away$/);
    const shownAfterMs = Math.round(performance.now() - killedAtMs);
    context.diagnostic(`shown after ${shownAfterMs} ms`);
    // It takes a second and a bit; on a machine that is busy with other tests, longer.
    assert.ok(shownAfterMs < 5_000, `${shownAfterMs} ms`);
    await console.shows('events', /Redis lost\. Reads go to L1 and Postgres\./);
    await console.shows('status-text', /^Redis is away/);
    assert.equal(await console.page.getAttribute('.events', 'aria-live'), 'polite');
    await assertAccessible(console.page);
    await redis.restart();
    await console.shows('events', /Redis is back\./);
    await console.shows('state-l2', /^✓ trusted$/);
  });

  it('made the browser complain of nothing, and asked no other host', () => {
    assert.deepEqual(console.complaints, []);
  });

  it('says that a worker died and that all serve again', async () => {
    process.kill(service.workers()[0] ?? 0, 'SIGKILL');
    await console.shows('events', /A worker died\. It is replaced\./);
    await console.shows('workers-note', /^1 restart$/);
    await console.shows('workers', /^2\/2$/);
  });

  it('fits a phone', async () => {
    const phone = await openPage(browser, `${service.url}/console`, 360);
    await phone.shows('status-text', /./);
    await phone.shows('requests', /^\d/);
    await assertFits(phone.page);
    assert.deepEqual(phone.complaints, []);
    await phone.close();
  });

  it('does not hold up a service that stops', async () => {
    assert.equal(await service.stop(), 0, service.lines().slice(-20).join('\n'));
    await console.shows('status-text', /^The service does not answer/);
  });
});
