import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { VARIABLES } from '#src/libs/config/src/config';

const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');

/** The rows of the table of environment variables: name, rule, default, meaning. */
const rows = [...readme.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| (.+) \| (.+) \| (.+) \|$/gm)].map((match) =>
  match.slice(1),
);

describe('the table of environment variables in the README', () => {
  it('is the schema, row by row', () => {
    const expected = Object.entries(VARIABLES).map(([name, { rule, fallback, about }]) => [
      name,
      rule,
      fallback === null ? 'none, required' : fallback === '' ? 'empty' : `\`${fallback}\``,
      about,
    ]);
    assert.deepEqual(rows, expected);
  });
});
