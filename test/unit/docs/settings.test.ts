import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { VARIABLES } from '#src/libs/config/src/config';

const page = await readFile(new URL('../../../docs/settings.md', import.meta.url), 'utf8');

/** The rows of all tables of the page: name, rule, default, meaning. */
const rows = [...page.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| (.+) \| (.+) \| (.+) \|$/gm)].map((match) =>
  match.slice(1),
);

describe('docs/settings.md', () => {
  it('has one row per setting, with its rule, default and meaning', () => {
    const expected = Object.entries(VARIABLES).map(([name, { rule, fallback, about }]) => [
      name,
      rule,
      fallback === null ? 'none, required' : fallback === '' ? 'empty' : `\`${fallback}\``,
      about,
    ]);
    const byName = (one: string[], other: string[]) => (one[0] ?? '').localeCompare(other[0] ?? '');
    assert.deepEqual(rows.toSorted(byName), expected.toSorted(byName));
  });
});
