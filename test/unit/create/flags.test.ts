import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFlags } from '#src/apps/create/src/flags';
import { run } from './run-create.ts';

const complaintOf = (...args: string[]) => {
  const call = readFlags(args);
  return call.kind === 'refused' ? call.complaint : call.kind;
};
const wantedOf = (...args: string[]) => {
  const call = readFlags(args);
  return call.kind === 'run' ? call.flags.wanted : call;
};

describe('the flags of npx @hotshelf/create', () => {
  it('derive the prefix and the name from the table', () => {
    assert.deepEqual(wantedOf('--table', 'articles', '--key', 'slug', '--groups', 'author, section'), {
      table: 'articles',
      key: 'slug',
      groups: ['author', 'section'],
      prefix: 'article',
      name: 'articles',
    });
    const derived = { stories: 'story', address: 'address', blog_Posts: 'blog_Post', 's.items': 'item' };
    for (const [table, prefix] of Object.entries(derived)) {
      const wanted = wantedOf('--table', table, '--key', 'id');
      assert.equal('prefix' in wanted && wanted.prefix, prefix);
    }
    const given = wantedOf('--table', 'Blog_Posts', '--key', 'id', '--prefix', 'post-2');
    assert.deepEqual(given, {
      table: 'Blog_Posts',
      key: 'id',
      groups: [],
      prefix: 'post-2',
      name: 'blog-posts',
    });
  });

  it('are refused by name and with their rule', () => {
    const table = ['--table', 'articles'];
    const key = ['--key', 'slug'];
    const refusals: readonly (readonly [string[], RegExp])[] = [
      [[], /^--table is missing/],
      [table, /^--key is missing/],
      [['--table', 'my articles', ...key], /^--table "my articles" is no identifier: letters, digits and _/],
      [['--table', 'a.b.c', ...key], /^--table "a\.b\.c" is no identifier/],
      [['--table', '1st', ...key], /the first no digit/],
      [['--table', 'x'.repeat(64), ...key], /at most 63/],
      [[...table, '--key', `slug'; DROP`], /^--key "slug'; DROP" is no identifier of a column/],
      [[...table, '--key', 'version'], /^--key "version" is a column of the triggers/],
      [[...table, ...key, '--groups', 'a,,b'], /^--groups "" is no identifier of a column/],
      [[...table, ...key, '--groups', 'a,a'], /^--groups names "a" twice/],
      [[...table, ...key, '--groups', 'a_b,aB'], /^--groups has "aB" and another column/],
      [[...table, ...key, '--prefix', 'a:b'], /^--prefix "a:b" cannot begin a key/],
      [[...table, ...key, '--name', '../up'], /^--name "\.\.\/up" names no files/],
      [
        [...table, ...key, '--migrations', 'rails'],
        /^--migrations "rails" is not known: one of typeorm, prisma/,
      ],
      [[...table, ...key, '--migrations-folder', '../up'], /^--migrations-folder "\.\.\/up" is not below/],
      [[...table, ...key, '--migrations-folder', '/etc'], /^--migrations-folder "\/etc" is not below/],
      [[...table, ...key, '--tabel', 'x'], /^--tabel is no flag here; did you mean --table\?/],
      [[...table, ...key, '--dry-run=yes'], /^Option '--dry-run' does not take an argument/],
      [[...table, ...key, 'one', 'two'], /^"two" is a second folder/],
    ];
    for (const [args, message] of refusals) assert.match(complaintOf(...args), message);
  });

  it('end the command with code 2 if they are not understood, and --help is no error', () => {
    const refused = run('.', ['--tabel', 'x']);
    assert.equal(refused.code, 2);
    assert.match(refused.complaint, /did you mean --table/);
    const help = run('.', ['--help']);
    assert.equal(help.code, 0);
    for (const flag of [
      'table',
      'key',
      'groups',
      'prefix',
      'name',
      'migrations',
      'migrations-folder',
      'dry-run',
    ])
      assert.match(help.output, new RegExp(`^ {2}--${flag} `, 'm'));
  });
});
