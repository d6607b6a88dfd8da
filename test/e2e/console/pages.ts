import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { until } from '../../support/until.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** A page of the service in a browser, and what the browser had to complain of. */
export interface Opened {
  readonly page: Page;
  /** Lines of its console, errors of its scripts, requests that failed or went to another host. */
  readonly complaints: string[];
  text(id: string): Promise<string>;
  /** Waits for the text of an element. */
  shows(id: string, text: RegExp): Promise<void>;
  close(): Promise<void>;
}

export async function openPage(browser: Browser, url: string, width = 1_280): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(`elsewhere: ${request.url()}`);
  });
  await page.goto(url);
  const text = async (id: string) => (await page.textContent(`#${id}`)) ?? '';
  return {
    page,
    complaints,
    text,
    shows: (id, wanted) => until(`#${id} shows ${wanted}`, async () => wanted.test(await text(id)), 15_000),
    close: () => context.close(),
  };
}

/** Fails if axe-core finds something serious or critical, in light and in dark. */
export async function assertAccessible(page: Page): Promise<void> {
  // Evaluated by the browser's debugger, which the page's security policy does not bind.
  await page.evaluate(await readFile(AXE, 'utf8'));
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const found = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as {
      id: string;
      impact: string;
      nodes: { html: string }[];
    }[];
    const grave = found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    assert.deepEqual(
      grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      [],
      colorScheme,
    );
  }
}

/** Fails if the page is wider than the window. */
export async function assertFits(page: Page): Promise<void> {
  const [wide, window] = (await page.evaluate(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )) as [number, number];
  assert.ok(wide <= window, `${wide} pixels in a window of ${window}`);
}
