import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { type Api, startApi } from '../../support/api.ts';
import { openBrowser } from '../../support/browser.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { assertAccessible, assertFits, openPage } from './pages.ts';

const KEY = 'hs_the-key-of-the-console';
const CONSOLE_KEYS = `ops:${createHash('sha256').update(KEY).digest('hex')}`;
const FROM_PAGE = { 'x-hotshelf-console': '1' };

describe('who may see the console', { timeout: 300_000 }, () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(10);
  });
  after(() => catalogue.drop());

  const started = (settings: Record<string, string>) =>
    startApi({ DATABASE_URL: catalogue.url, LOG_SAMPLE_RATE: '0', ...settings });
  const status = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url, init);
    await response.body?.cancel();
    return response.status;
  };

  it('is no client in production, unless it is turned on', async () => {
    const api = await started({ NODE_ENV: 'production' });
    for (const path of ['/console', '/console/stream', '/console/console.js', '/console/actions/load'])
      assert.equal(await status(api.url + path), 404, path);
    await api.stop();
  });

  it('is everyone in development without a key, and their own page alone may press buttons', async () => {
    const api = await started({ NODE_ENV: 'development' });
    assert.equal(await status(`${api.url}/console`), 200);
    const press = (headers: Record<string, string>) =>
      status(`${api.url}/console/actions/price`, { method: 'POST', headers });
    assert.equal(await press({}), 403, 'a form of another site');
    assert.equal(await press({ ...FROM_PAGE, 'sec-fetch-site': 'cross-site' }), 403);
    assert.equal(await press({ ...FROM_PAGE, 'sec-fetch-site': 'same-origin' }), 200);
    await api.stop();
  });

  describe('in production with a key', () => {
    let api: Api;
    let browser: Browser;

    before(async () => {
      api = await started({ NODE_ENV: 'production', CONSOLE_ENABLED: 'on', CONSOLE_KEYS });
      browser = await openBrowser();
    });
    after(async () => {
      await browser.close();
      await api.stop();
    });

    it('is the client that sends it', async () => {
      for (const path of ['/console', '/console/stream']) {
        assert.equal(await status(api.url + path), 401, path);
        for (const key of ['hs_another', `${KEY}x`])
          assert.equal(await status(api.url + path, { headers: { authorization: `Bearer ${key}` } }), 401);
        assert.equal(
          await status(api.url + path, { headers: { authorization: `Bearer ${KEY}` } }),
          200,
          path,
        );
      }
    });

    it('has no buttons there', async () => {
      const headers = { ...FROM_PAGE, authorization: `Bearer ${KEY}` };
      assert.equal(await status(`${api.url}/console/actions/price`, { method: 'POST', headers }), 404);
    });

    it('is the client that enters it, and gets a cookie that no script and no other site can use', async () => {
      const { page, text, shows, close } = await openPage(browser, `${api.url}/console`, 360);
      await assertAccessible(page);
      await assertFits(page);
      await page.fill('#key', 'hs_another');
      await page.keyboard.press('Enter');
      await shows('login-result', /^This key does not open the console\.$/);
      await page.fill('#key', KEY);
      await page.keyboard.press('Enter');
      await page.waitForSelector('#requests');
      await shows('requests', /^\d/);
      assert.equal(await text('status-text'), 'All is well');
      assert.equal(await page.isVisible('#try'), false);
      const [cookie] = await page.context().cookies(`${api.url}/console`);
      assert.deepEqual(
        [cookie?.name, cookie?.httpOnly, cookie?.sameSite, cookie?.path, cookie?.value.includes(KEY)],
        ['hotshelf_console', true, 'Strict', '/console', false],
      );
      assert.equal(await page.evaluate('document.cookie'), '');
      await close();
    });

    it('is no client with a forged or expired cookie', async () => {
      const headers = { ...FROM_PAGE, authorization: `Bearer ${KEY}` };
      const response = await fetch(`${api.url}/console/session`, { method: 'POST', headers });
      assert.equal(response.status, 204);
      const cookie = response.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
      const withCookie = (value: string) =>
        status(`${api.url}/console/stream`, { headers: { cookie: value } });
      assert.equal(await withCookie(cookie), 200);
      const [, expiry = ''] = cookie.split(':');
      for (const forged of [
        cookie.replace(expiry, String(Number(expiry) + 1)),
        cookie.replace(expiry, String(Date.now() - 1_000)),
        `${cookie.slice(0, -2)}AA`,
        cookie.replace('ops', 'other'),
        'hotshelf_console=',
      ])
        assert.equal(await withCookie(forged), 401, forged);
    });
  });

  it('is refused at start if the console is on in production without a key', async () => {
    const { readConfig } = await import('#libs/config');
    const environment = { DATABASE_URL: catalogue.url, NODE_ENV: 'production', CONSOLE_ENABLED: 'on' };
    assert.throws(() => readConfig(environment), /^ConfigError: CONSOLE_KEYS must have an entry/);
  });
});
