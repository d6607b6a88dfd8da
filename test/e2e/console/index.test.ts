import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { type Api, startApi } from '../../support/api.ts';
import { openBrowser } from '../../support/browser.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { assertAccessible, assertFits, openPage } from './pages.ts';

describe('the index at /', { timeout: 300_000 }, () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(10);
    api = await startApi({ DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  it('answers a program with links that work', async () => {
    for (const accept of ['*/*', 'application/json']) {
      const response = await fetch(`${api.url}/`, { headers: { accept } });
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
      assert.equal(response.headers.get('vary'), 'Accept');
      const { links } = (await response.json()) as { links: Record<string, string> };
      assert.deepEqual(Object.keys(links).sort(), [
        'categories',
        'docs',
        'health',
        'metrics',
        'openapi',
        'products',
      ]);
      for (const [name, href] of Object.entries(links))
        assert.equal((await fetch(api.url + href)).status, 200, name);
    }
  });

  it('answers a browser with a page that leads on', async () => {
    const browser: Browser = await openBrowser();
    try {
      const { page, complaints } = await openPage(browser, `${api.url}/`, 360);
      await assertAccessible(page);
      await assertFits(page);
      assert.deepEqual(complaints, []);
      await page.click('text=API');
      await page.waitForURL('**/docs');
    } finally {
      await browser.close();
    }
  });
});
