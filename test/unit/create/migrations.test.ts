import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { temporaryNestApp } from '../../support/nest-app.ts';
import { ARTICLES, depend, put, read, run, snapshot } from './run-create.ts';

const TRACK = `SELECT hotshelf_track('articles', key => 'slug', prefix => 'article', groups => '{author}')`;
const UNTRACK = `SELECT hotshelf_untrack('articles')`;
const WITH_WAY_BACK = `-- The way back: ${UNTRACK};\n${TRACK};\n`;
const STAMP = '20260304050607';
const AT_MS = String(Date.UTC(2026, 2, 4, 5, 6, 7, 89));

interface Case {
  readonly title: string;
  readonly type?: 'esm' | 'cjs';
  readonly packages?: Record<string, string>;
  readonly files?: Record<string, string>;
  readonly flags?: readonly string[];
  /** The files of the migration. */
  readonly made: Record<string, string>;
}

const typeOrm = (stamp: string) => `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TrackArticles${stamp} implements MigrationInterface {
  name = 'TrackArticles${stamp}';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      \`${TRACK}\`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(\`${UNTRACK}\`);
  }
}
`;

const knex = (step: (name: string) => string, end: string, top = '') =>
  `${top}${step('up')}\n  await knex.raw(\n    \`${TRACK}\`,\n  );\n}${end}\n\n${step('down')}\n  await knex.raw(\n    \`${UNTRACK}\`,\n  );\n}${end}\n`;

const entry = (idx: number, when: number, tag: string) => ({
  idx,
  version: '7',
  when,
  tag,
  breakpoints: true,
});
const journal = (...entries: readonly object[]) =>
  `${JSON.stringify({ version: '7', dialect: 'postgresql', entries }, null, 2)}\n`;

const CASES: readonly Case[] = [
  {
    title: 'plain SQL in two files, if the application has no tool',
    made: {
      [`migrations/${STAMP}_track_articles.up.sql`]: `${TRACK};\n`,
      [`migrations/${STAMP}_track_articles.down.sql`]: `${UNTRACK};\n`,
    },
  },
  {
    title: 'a class of TypeORM',
    packages: { typeorm: '^1.1.1' },
    made: { [`src/migrations/${AT_MS}-TrackArticles.ts`]: typeOrm(AT_MS) },
  },
  {
    title: 'a class of TypeORM behind those of its folder',
    packages: { '@nestjs/typeorm': '^12.0.0' },
    files: { 'src/database/migrations/1899999999999-Articles.ts': '' },
    made: { 'src/database/migrations/1900000000000-TrackArticles.ts': typeOrm('1900000000000') },
  },
  {
    title: 'a folder of Prisma',
    packages: { prisma: '^7.0.0' },
    made: { [`prisma/migrations/${STAMP}_track_articles/migration.sql`]: WITH_WAY_BACK },
  },
  {
    title: 'a module of Knex',
    packages: { knex: '^3.3.0' },
    made: {
      [`migrations/${STAMP}_track_articles.js`]: knex((name) => `export async function ${name}(knex) {`, ''),
    },
  },
  {
    title: 'a file of CommonJS for Knex',
    type: 'cjs',
    packages: { knex: '^3.3.0' },
    made: {
      [`migrations/${STAMP}_track_articles.js`]: knex(
        (name) => `exports.${name} = async function ${name}(knex) {`,
        ';',
      ),
    },
  },
  {
    title: 'a typed file for Knex, in the folder of the knexfile',
    type: 'cjs',
    packages: { knex: '^3.3.0' },
    files: { 'knexfile.ts': `export default { migrations: { directory: './db/steps' } };\n` },
    made: {
      [`db/steps/${STAMP}_track_articles.ts`]: knex(
        (name) => `export async function ${name}(knex: Knex): Promise<void> {`,
        '',
        `import type { Knex } from 'knex';\n\n`,
      ),
    },
  },
  {
    title: 'the first migration of Drizzle, with its journal',
    packages: { 'drizzle-orm': '^0.45.0' },
    made: {
      'drizzle/0000_track_articles.sql': WITH_WAY_BACK,
      'drizzle/meta/_journal.json': journal(entry(0, Number(AT_MS), '0000_track_articles')),
    },
  },
  {
    title: 'a migration of Drizzle behind those of the journal, in the folder of its configuration',
    packages: { 'drizzle-kit': '^0.31.0' },
    files: {
      'drizzle.config.ts': `export default defineConfig({ schema: './src/s.ts', out: "./db/out/" });\n`,
      'db/out/0000_first.sql': '',
      'db/out/meta/_journal.json': journal(entry(0, 1_900_000_000_000, '0000_first')),
    },
    made: {
      'db/out/0001_track_articles.sql': WITH_WAY_BACK,
      'db/out/meta/_journal.json': journal(
        entry(0, 1_900_000_000_000, '0000_first'),
        entry(1, 1_900_000_000_001, '0001_track_articles'),
      ),
    },
  },
  {
    title: 'a version of Flyway by the time',
    files: { 'flyway.toml': '' },
    made: { [`sql/V${STAMP}__track_articles.sql`]: WITH_WAY_BACK },
  },
  {
    title: 'the next number of Flyway, where versions are counted',
    files: { 'flyway.conf': '', 'db/migration/V1__articles.sql': '', 'db/migration/V2.1__more.sql': '' },
    made: { 'db/migration/V3__track_articles.sql': WITH_WAY_BACK },
  },
  {
    title: 'what the flags name, in their folder',
    packages: { typeorm: '^1.1.1', knex: '^3.3.0' },
    flags: ['--migrations', 'prisma', '--migrations-folder', 'db/steps/'],
    made: { [`db/steps/${STAMP}_track_articles/migration.sql`]: WITH_WAY_BACK },
  },
];

describe('the migration of npx @hotshelf/create', () => {
  for (const { title, type = 'esm', packages = {}, files = {}, flags = [], made } of CASES)
    it(`is ${title}; a later run finds it`, async () => {
      await using app = await temporaryNestApp(type);
      const { folder } = app;
      await depend(folder, packages);
      await put(folder, files);
      const first = run(folder, [...ARTICLES, ...flags]);
      assert.equal(first.code, 0, first.complaint);
      const ofMigration = Object.keys(first.files).filter(
        (path) => !/^(?:src\/(?!.*migrations\/)|package)/.test(path),
      );
      assert.deepEqual(ofMigration.sort(), Object.keys(made).sort());
      for (const [path, text] of Object.entries(made)) assert.equal(read(folder, path), text, path);
      const written = snapshot(folder);
      const second = run(folder, ARTICLES, new Date('2027-01-01T00:00:00Z'));
      assert.equal(second.code, 0, second.complaint);
      assert.deepEqual(new Set(Object.values(second.files)), new Set(['unchanged']));
      assert.deepEqual(snapshot(folder), written);
    });

  it('is not of TypeORM because the packages themselves need it', async () => {
    await using app = await temporaryNestApp('esm');
    const { folder } = app;
    run(folder);
    const { files } = run(folder, ['--table', 'authors', '--key', 'id']);
    assert.ok(Object.keys(files).some((path) => path.endsWith('_track_authors.up.sql')));
  });

  it('is refused where the journal of Drizzle cannot be read', async () => {
    await using app = await temporaryNestApp('esm');
    const { folder } = app;
    await depend(folder, { 'drizzle-orm': '^0.45.0' });
    await put(folder, { 'drizzle/meta/_journal.json': '[]' });
    const { code, complaint } = run(folder);
    assert.equal(code, 1);
    assert.match(complaint, /_journal\.json is no journal of drizzle-kit/);
  });
});
