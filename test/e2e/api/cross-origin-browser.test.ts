import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Api, startApi } from '../../support/api.ts';
import { openBrowser } from '../../support/browser.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type Listening, listen } from '../../support/listen.ts';
import { asWriter } from '../../support/writer-key.ts';

/** What a script of a page got: what it may read, or that the browser refused it. */
interface Seen {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly error: string;
}

const shopPage = () =>
  listen(
    createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>a shop</title>');
    }),
  );

describe('a page of another origin in a browser', { timeout: 300_000 }, () => {
  let catalogue: Catalogue;
  let api: Api;
  let browser: Browser;
  let shop: Listening;
  let stranger: Listening;

  const open = async (origin: string): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(origin);
    return page;
  };
  /** What a script of a page sees of an answer. */
  const asked = (page: Page, path: string, init: Record<string, unknown> = {}): Promise<Seen> =>
    page.evaluate(
      async ([url, options]) => {
        try {
          const answer = await fetch(url, options);
          return {
            status: answer.status,
            headers: Object.fromEntries(answer.headers),
            body: await answer.text(),
            error: '',
          };
        } catch (error) {
          return { status: 0, headers: {}, body: '', error: String(error) };
        }
      },
      [api.url + path, { cache: 'no-store', ...init }] as const,
    );

  before(async () => {
    [catalogue, shop, stranger] = await Promise.all([createCatalogue(20), shopPage(), shopPage()]);
    api = await startApi({
      DATABASE_URL: catalogue.url,
      CORS_ORIGINS: `${shop.url},https://admin.example`,
      RATE_LIMIT_MISSES: '4',
    });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await api?.stop();
    await Promise.all([shop, stranger].map((page) => page?.stop()));
    await catalogue.drop();
  });

  it('reads a product with its ETag, a list with its Link, and a refusal with its Retry-After', async () => {
    const page = await open(shop.url);
    const product = await asked(page, '/products/prod-1');
    assert.equal(product.status, 200, product.error);
    assert.equal(JSON.parse(product.body).id, 'prod-1');
    const etag = product.headers['etag'] ?? '';
    assert.match(etag, /^"[\w-]+"$/);

    const known = await asked(page, '/products/prod-1', { headers: { 'If-None-Match': etag } });
    assert.equal(known.status, 304, 'a conditional request, which a preflight allows');

    const list = await asked(page, '/products?limit=1');
    assert.match(list.headers['link'] ?? '', /^<.+>; rel="next"$/);

    let refused: Seen | undefined;
    for (let n = 5; n < 15 && refused === undefined; n += 1) {
      const answer = await asked(page, `/products/prod-${n}`);
      if (answer.status === 429) refused = answer;
    }
    assert.match(refused?.headers['retry-after'] ?? '', /^\d+$/);
    assert.equal(JSON.parse(refused?.body ?? '{}').status, 429);
  });

  it('writes with a key: the preflight allows the method and the headers', async () => {
    const page = await open(shop.url);
    const written = await asked(page, '/products/prod-2/stock', {
      method: 'POST',
      headers: {
        Authorization: asWriter.authorization,
        'Content-Type': 'application/json',
        'Idempotency-Key': 'from-a-page',
      },
      body: '{"delta":1}',
    });
    assert.equal(written.status, 200, written.error + written.body);
    assert.equal(JSON.parse(written.body).stock, 3);
    const withoutKey = await asked(page, '/products/prod-2', { method: 'DELETE' });
    assert.equal(withoutKey.status, 401, 'a refusal can be read');
  });

  it('reads and writes nothing if its origin is not listed', async () => {
    const page = await open(stranger.url);
    const read = await asked(page, '/products/prod-1');
    assert.equal(read.status, 0);
    assert.match(read.error, /Failed to fetch/);
    const [before] = await catalogue.sql<{ stock: number }>(`SELECT stock FROM products WHERE id = 'prod-3'`);
    const written = await asked(page, '/products/prod-3/stock', {
      method: 'POST',
      headers: { Authorization: asWriter.authorization, 'Content-Type': 'application/json' },
      body: '{"delta":1}',
    });
    assert.equal(written.status, 0);
    const [after] = await catalogue.sql<{ stock: number }>(`SELECT stock FROM products WHERE id = 'prod-3'`);
    assert.equal(after?.stock, before?.stock, 'the browser did not send it');
  });
});
