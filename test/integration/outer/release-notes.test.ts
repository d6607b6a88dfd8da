import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changeOf, releaseNotes } from '../../../deploy/conventional-commits.ts';
import { runCommand } from '../../support/run-command.ts';
import { ROOT } from './support/project.ts';

const commit = (subject: string, body = '', hash = 'abc1234') => ({ hash, subject, body });

describe('the release notes', () => {
  it('list features, fixes and performance with their scopes, and count the rest', () => {
    const notes = releaseNotes(
      [
        commit('feat(cache): entries are compressed'),
        commit('fix: a crash at the start'),
        commit('test(cache): one more'),
        commit('Merge by hand'),
      ],
      { from: 'v0.1.0', to: 'v0.2.0' },
    );
    assert.equal(
      notes,
      `## Features

- **cache**: entries are compressed (abc1234)

## Fixes

- a crash at the start (abc1234)

2 other commits (documentation, tests, refactoring); v0.1.0...v0.2.0.
`,
    );
  });

  it('begin with what breaks, by the mark or by the footer', () => {
    const notes = releaseNotes(
      [
        commit('feat(http)!: ids are shorter'),
        commit('refactor(config): names', 'Text.\n\nBREAKING CHANGE: CACHE_TTL is CACHE_FRESH_TTL\n'),
      ],
      { from: undefined, to: 'HEAD' },
    );
    assert.match(
      notes,
      /^## Breaking changes\n\n- \*\*http\*\*: ids are shorter .*\n- \*\*config\*\*: CACHE_TTL is CACHE_FRESH_TTL/,
    );
    assert.match(notes, /## Features\n\n- \*\*http\*\*: ids are shorter/);
  });

  it('take no commit for a change that is not written as one', () => {
    for (const subject of ['update', 'Feat: x', 'feat:x', 'feat(): x']) {
      assert.equal(changeOf(commit(subject)), undefined, subject);
    }
  });

  it('come from the history of this project', async () => {
    const { code, output } = await runCommand(
      process.execPath,
      ['deploy/release-notes.ts', '--from', 'HEAD', '--to', 'HEAD'],
      { cwd: ROOT },
    );
    assert.equal(code, 0, output);
    assert.match(output, /^0 other commits/);
  });
});
