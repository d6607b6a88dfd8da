import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeFiles } from '#src/apps/create/src/plan';
import { temporaryNestApp } from '../../support/nest-app.ts';
import { ARTICLES, depend, exists, put, read, run, snapshot } from './run-create.ts';

const SOURCES = [
  'src/articles/articles.controller.ts',
  'src/articles/articles.entity.ts',
  'src/articles/articles.module.ts',
  'src/hotshelf.migrate.ts',
];
const MIGRATION = 'migrations/20260304050607_track_articles';

describe('npx @hotshelf/create', () => {
  for (const [type, end] of [
    ['esm', '.js'],
    ['cjs', ''],
  ] as const)
    it(`adds a feature to an application of ${type}, and the second run changes nothing`, async () => {
      await using app = await temporaryNestApp(type);
      const { folder } = app;
      const before = snapshot(folder);
      const first = run(folder);
      assert.equal(first.code, 0, first.complaint);
      const made = [...SOURCES, `${MIGRATION}.up.sql`, `${MIGRATION}.down.sql`];
      assert.deepEqual(first.files, {
        'package.json': 'changed',
        'src/app.module.ts': 'changed',
        ...Object.fromEntries(made.map((path) => [path, 'created'])),
      });
      assert.match(first.output, /npm install/);
      const after = snapshot(folder);
      assert.deepEqual(Object.keys(after), [...Object.keys(before), ...made].sort());
      assert.equal(
        after['src/app.module.ts'],
        before['src/app.module.ts']
          ?.replace(
            /(?<=app\.service(?:\.js)?';\n)/,
            `import { HotshelfModule } from '@hotshelf/nestjs';\nimport { ArticlesModule } from './articles/articles.module${end}';\n`,
          )
          .replace('imports: []', 'imports: [HotshelfModule.forRoot(), ArticlesModule]'),
      );
      assert.match(after['src/articles/articles.module.ts'] ?? '', new RegExp(`'./articles.entity${end}';`));
      assert.match(after['src/hotshelf.migrate.ts'] ?? '', type === 'esm' ? /^await run/m : /^void run/m);
      const later = new Date('2027-01-01T00:00:00Z');
      const second = run(folder, ARTICLES, later);
      assert.equal(second.code, 0);
      assert.deepEqual(new Set(Object.values(second.files)), new Set(['unchanged']));
      assert.deepEqual(Object.keys(second.files).sort(), Object.keys(first.files).sort());
      assert.deepEqual(snapshot(folder), after);
    });

  it('says the next steps with the package manager and the tool of the application', async () => {
    await using app = await temporaryNestApp('esm');
    const { folder } = app;
    await depend(folder, { prisma: '^7.0.0' });
    await put(folder, { 'pnpm-lock.yaml': '' });
    const { output } = run(folder);
    assert.match(
      output,
      /pnpm install\n.*DATABASE_URL and REDIS_URL\n.*pnpm run build && pnpm run hotshelf:migrate/,
    );
    assert.match(output, /npx prisma migrate deploy, once the table is there\n.*add version .* to the model/);
    assert.doesNotMatch(run(folder).output, /Next:/);
  });

  it('adds the packages that are missing, and the script of the outbox', async () => {
    await using app = await temporaryNestApp('esm');
    const { folder } = app;
    await depend(folder, { pg: '^8.30.0' });
    const before = JSON.parse(read(folder, 'package.json'));
    run(folder);
    const { dependencies, scripts, ...rest } = JSON.parse(read(folder, 'package.json'));
    assert.deepEqual(dependencies, {
      ...before.dependencies,
      '@hotshelf/nestjs': '^1.2.3',
      typeorm: '^1.1.1',
    });
    assert.deepEqual(Object.keys(dependencies), Object.keys(dependencies).sort());
    assert.deepEqual(scripts, { ...before.scripts, 'hotshelf:migrate': 'node dist/hotshelf.migrate.js' });
    assert.deepEqual(rest, omit(before));
  });

  it('takes the folder of the built program from the compiler where no script shows it', async () => {
    await using app = await temporaryNestApp('esm');
    const { folder } = app;
    await put(folder, {
      'package.json': read(folder, 'package.json').replace('node dist/main', 'nest start'),
      'tsconfig.json': read(folder, 'tsconfig.json').replace('./dist', './built'),
    });
    run(folder);
    assert.match(read(folder, 'package.json'), /"node built\/hotshelf\.migrate\.js"/);
  });

  it('shows each file and its lines with --dry-run, and writes nothing', async () => {
    await using app = await temporaryNestApp('esm');
    const { folder } = app;
    const before = snapshot(folder);
    const { code, files, output } = run(folder, [...ARTICLES, '--dry-run']);
    assert.equal(code, 0);
    assert.equal(files['src/app.module.ts'], 'changed');
    assert.equal(files[`${MIGRATION}.up.sql`], 'created');
    assert.match(output, /^ {4}- {3}imports: \[\],\n {4}\+ {3}imports: \[HotshelfModule\.forRoot\(\), Art/m);
    assert.match(output, /^ {4}\+ SELECT hotshelf_track\('articles', key => 'slug', prefix => 'article', /m);
    assert.deepEqual(snapshot(folder), before);
    run(folder);
    const again = run(folder, [...ARTICLES, '--dry-run']);
    assert.deepEqual(new Set(Object.values(again.files)), new Set(['unchanged']));
    assert.doesNotMatch(again.output, /^ {4}[+-]/m);
  });

  it('writes nothing at all if a file exists with other content', async () => {
    for (const path of [SOURCES[0] ?? '', SOURCES[2] ?? '', 'src/articles']) {
      await using app = await temporaryNestApp('esm');
      const { folder } = app;
      await put(folder, { [path]: '// mine\n' });
      const before = snapshot(folder);
      for (const flags of [[], ['--dry-run']]) {
        const { code, files, complaint } = run(folder, [...ARTICLES, ...flags]);
        assert.equal(code, 1);
        assert.ok(
          Object.entries(files).some(([each, became]) => each.startsWith(path) && became === 'conflict'),
        );
        assert.match(complaint, /Nothing is written/);
        assert.deepEqual(snapshot(folder), before);
      }
    }
  });

  it('leaves nothing behind if a file cannot be written', async () => {
    await using app = await temporaryNestApp('esm');
    const { folder } = app;
    const before = snapshot(folder);
    const planned = (path: string, becomes: 'created' | 'changed') => ({
      path,
      becomes,
      before: '',
      after: 'x',
    });
    const files = [
      { ...planned('src/main.ts', 'changed'), before: before['src/main.ts'] ?? '' },
      planned('src/articles/articles.entity.ts', 'created'),
      // There already: it has come to be since the plan was made.
      planned('src/app.module.ts', 'created'),
    ];
    assert.throws(() => writeFiles(folder, files), /nothing is written: .*EEXIST/);
    assert.deepEqual(snapshot(folder), before);
    assert.equal(exists(folder, 'src/articles'), false);
  });

  it('adds a second table beside the first', async () => {
    await using app = await temporaryNestApp('esm');
    const { folder } = app;
    run(folder);
    const { code, files } = run(folder, ['--table', 'blog.AuthorNotes', '--key', 'id', '--name', 'notes']);
    assert.equal(code, 0);
    assert.equal(files['package.json'], 'unchanged');
    assert.equal(files['src/hotshelf.migrate.ts'], 'unchanged');
    const modules = 'HotshelfModule.forRoot(), ArticlesModule, NotesModule';
    assert.ok(read(folder, 'src/app.module.ts').includes(`imports: [${modules}]`));
    const [up = ''] = Object.keys(files).filter((path) => path.endsWith('.up.sql'));
    assert.equal(
      read(folder, up),
      `SELECT hotshelf_track('blog."AuthorNotes"', key => 'id', prefix => 'AuthorNote');\n`,
    );
    assert.equal(run(folder).code, 0);
  });

  it('leaves lines that end as on Windows, and a package.json indented by tabs', async () => {
    await using app = await temporaryNestApp('esm');
    const { folder } = app;
    const text = read(folder, 'src/app.module.ts').replaceAll('\n', '\r\n');
    const manifest = `${JSON.stringify(JSON.parse(read(folder, 'package.json')), null, '\t')}\n`;
    await put(folder, { 'src/app.module.ts': text, 'package.json': manifest });
    run(folder);
    assert.doesNotMatch(read(folder, 'src/app.module.ts'), /[^\r]\n/);
    assert.match(read(folder, 'package.json'), /^\t\t"pg"/m);
    // As Git checks files out there.
    const [source = ''] = SOURCES;
    await writeFile(join(folder, source), read(folder, source).replaceAll('\n', '\r\n'));
    assert.equal(run(folder).files[source], 'unchanged');
  });

  describe('refuses, with nothing written,', () => {
    const refused = async (
      change: (folder: string) => Promise<unknown>,
      message: RegExp,
      args: readonly string[] = ARTICLES,
    ) => {
      await using app = await temporaryNestApp('esm');
      const { folder } = app;
      await change(folder);
      const before = snapshot(folder);
      const { code, complaint } = run(folder, args);
      assert.equal(code, 1);
      assert.match(complaint, message);
      assert.deepEqual(snapshot(folder), before);
    };

    it('a folder without package.json, or with one that is no JSON', async () => {
      await refused((folder) => rm(join(folder, 'package.json')), /has no package\.json/);
      await refused(
        (folder) => put(folder, { 'package.json': '{' }),
        /package\.json of .* is no JSON object/,
      );
    });

    it('an application without Nest, without a root module, or of an older Nest', async () => {
      const manifest = (text: string) => (folder: string) => put(folder, { 'package.json': text });
      await refused(manifest('{}'), /has no @nestjs\/core/);
      await refused((folder) => rm(join(folder, 'src/app.module.ts')), /src\/app\.module\.ts is missing/);
      await refused(
        (folder) => depend(folder, { '@nestjs/core': '^11.0.0' }),
        /@nestjs\/core \^11\.0\.0: .*\^12\.5\.1/,
      );
    });

    it('an application without a compiler that it can read sources with', async () => {
      const path = 'node_modules/typescript';
      await refused((folder) => rm(join(folder, path)), /typescript is not installed in .*: run npm install/);
      await refused(async (folder) => {
        await rm(join(folder, path));
        await put(folder, { [`${path}/index.js`]: `exports.version = '7.0.0';` });
      }, /typescript 7\.0\.0 of .* has no API for programs/);
    });

    it('a resolution of packages that does not read their exports', async () => {
      await refused(
        (folder) =>
          put(folder, {
            'tsconfig.json': '{ "compilerOptions": { "module": "commonjs", "moduleResolution": "node10" } }',
          }),
        /set "module" and "moduleResolution" to "nodenext"/,
      );
    });

    it('an application with two tools of migrations, until the flag names one', async () => {
      const both = { knex: '3.3.0', prisma: '7.0.0' };
      await refused((folder) => depend(folder, both), /has prisma and knex: .*--migrations/);
      await using app = await temporaryNestApp('esm');
      await depend(app.folder, both);
      assert.equal(run(app.folder, [...ARTICLES, '--migrations', 'knex']).code, 0);
      assert.equal(run(app.folder).code, 0);
      assert.equal(exists(app.folder, 'prisma'), false);
    });
  });
});

const omit = ({ dependencies, scripts, ...rest }: Record<string, unknown>) => rest;
