import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Targets of the relative links of a page, without their anchors. */
function targetsOf(text: string): string[] {
  const links = text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g);
  return [...links].map(([, target]) => target ?? '');
}

describe('the pages', () => {
  it('link to files that exist', async () => {
    const pages: string[] = [];
    for await (const page of glob('{*.md,docs/*.md,k6/*.md,deploy/**/*.md}', { cwd: ROOT })) pages.push(page);
    assert.ok(pages.length > 15);
    const broken: string[] = [];
    for (const page of pages) {
      for (const target of targetsOf(await readFile(join(ROOT, page), 'utf8')))
        if (!existsSync(join(ROOT, dirname(page), target))) broken.push(`${page}: ${target}`);
    }
    assert.deepEqual(broken, []);
  });
});
