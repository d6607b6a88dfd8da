import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ALL_GUARDS } from '../../guards/all-guards.ts';
import { CHECKED_GUARDS } from '../../guards/checker-guards.ts';
import { ROOT } from '../../guards/without-guard.ts';

/** To take each out takes half an hour. That it could be taken out is seen in a moment, and goes unseen where code moves. */
describe('the list of guards', () => {
  it('names each once', () => {
    for (const list of [ALL_GUARDS, CHECKED_GUARDS]) {
      const names = list.map(({ name }) => name);
      const twice = names.filter((name, at) => names.indexOf(name) !== at);
      assert.deepEqual(twice, []);
    }
  });

  it('names what stands once in what is built', () => {
    const times = ({ file, text }: { readonly file: string; readonly text: string }) =>
      readFileSync(join(ROOT, 'dist', file), 'utf8').split(text).length - 1;
    const lost = [...ALL_GUARDS, ...CHECKED_GUARDS].filter((guard) => times(guard) !== 1);
    assert.deepEqual(
      lost.map(({ name, file }) => `${name}: ${file}`),
      [],
    );
  });

  it('names tests that are there', () => {
    const lost = ALL_GUARDS.filter(({ test }) => !existsSync(join(ROOT, test)));
    assert.deepEqual(
      lost.map(({ name, test }) => `${name}: ${test}`),
      [],
    );
  });
});
