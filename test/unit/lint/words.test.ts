import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bannedWordsBelow, bannedWordsIn } from '../../lint/words.ts';

const wordsIn = (text: string, name = 'libs/some/file.ts') =>
  bannedWordsIn(text, name).map(({ word }) => word);

describe('the check of words', () => {
  it('finds a banned word, names its line and the word to use', () => {
    assert.deepEqual(bannedWordsIn('// one\n// It can not wait.\n', 'libs/some/file.ts'), [
      { place: 'libs/some/file.ts:2', word: 'can not', use: 'cannot' },
    ]);
  });

  it('finds it in identifiers of every style', () => {
    for (const text of ['const toldOnce = 1;', 'this.wasTold();', 'class ToldHistory {}', 'was_told = 1'])
      assert.deepEqual(
        wordsIn(text).map((word) => word.toLowerCase()),
        ['told'],
        text,
      );
  });

  it('finds it in the name of a file', () => {
    assert.deepEqual(bannedWordsIn('', 'libs/some/writer-gate.ts'), [
      { place: 'libs/some/writer-gate.ts', word: 'gate', use: 'admission' },
    ]);
  });

  it('finds a word of the catalogue in the libs alone', () => {
    assert.deepEqual(wordsIn('FROM products; byCategory'), ['products']);
    assert.deepEqual(wordsIn('byCategory'), ['Category']);
    assert.deepEqual(wordsIn('in production'), []);
    assert.deepEqual(wordsIn('FROM products', 'apps/api/src/file.ts'), []);
  });

  it('leaves longer words alone', () => {
    assert.deepEqual(wordsIn('BadGatewayException, navigates, intelligent, mistold'), []);
  });

  it('leaves an exception alone, in its files only', () => {
    assert.deepEqual(wordsIn("const CANDIDATES = ['postgres', 'nobody'];", 'apps/local/src/user.ts'), []);
    assert.deepEqual(wordsIn("const CANDIDATES = ['postgres', 'nobody'];", 'libs/some/file.ts'), ['nobody']);
  });

  it('reads the files that git tracks, and no generated ones', () => {
    const root = mkdtempSync(join(tmpdir(), 'words-'));
    try {
      execFileSync('git', ['init', '--quiet'], { cwd: root });
      for (const name of ['one.md', 'package-lock.json', 'untracked.md', 'code.js'])
        writeFileSync(join(root, name), 'Nobody.\n');
      execFileSync('git', ['add', 'one.md', 'package-lock.json', 'code.js'], { cwd: root });
      assert.deepEqual(
        bannedWordsBelow(root).map(({ place }) => place),
        ['one.md:1'],
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
