import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuiltPackage } from '../../../deploy/packages/build-packages.ts';
import { type Catalogue, createDatabase } from '../../support/catalogue.ts';
import { type ModuleSystem, makeNestApp, onFastify } from '../../support/nest-app.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { PATH_OF_NPM, startApp, succeed, tarballsOf } from './installed.ts';

/** An application as it is before the generator, and how it runs its migrations. */
interface Variant {
  readonly type: ModuleSystem;
  readonly adapter: 'express' | 'fastify';
  /** Besides those of `nest new`. */
  readonly packages: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly migrate: readonly string[];
  readonly revert: readonly string[];
}

export const VARIANTS: Readonly<Record<string, Variant>> = {
  'ES modules on Express, migrated by Knex': {
    type: 'esm',
    adapter: 'express',
    packages: { knex: '3.3.0' },
    files: {
      'knexfile.js': `export default { client: 'pg', connection: process.env.DATABASE_URL, migrations: { directory: './db/steps' } };\n`,
    },
    migrate: ['knex', 'migrate:latest'],
    revert: ['knex', 'migrate:rollback'],
  },
  'CommonJS on Fastify, migrated by TypeORM': {
    type: 'cjs',
    adapter: 'fastify',
    packages: { typeorm: '1.1.1' },
    files: {
      'src/data-source.ts': `import { DataSource } from 'typeorm';

export default new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  migrations: ['dist/migrations/*.js'],
});
`,
    },
    migrate: ['typeorm', 'migration:run', '-d', 'dist/data-source.js'],
    revert: ['typeorm', 'migration:revert', '-d', 'dist/data-source.js'],
  },
};

/** What the build of a fresh application needs of its development packages; the rest is for tests and lint. */
const DEVELOPED_WITH = ['typescript', '@types/node', '@types/jest', 'vitest'];
const IN_GIT = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b',
};
const ENVIRONMENT = { ...process.env, ...IN_GIT, PATH: PATH_OF_NPM };
const ARTICLES = ['--table', 'articles', '--key', 'slug', '--groups', 'author'];
const TRIGGERS = `SELECT count(*)::int AS count FROM pg_trigger WHERE tgrelid = 'articles'::regclass AND NOT tgisinternal`;

/**
 * A fresh application of Nest, the generator of the packages run in it, beside a Postgres and a Redis.
 *
 * @returns what was measured
 */
export async function runCreatedApp(
  folder: string,
  variant: Variant,
  built: readonly BuiltPackage[],
): Promise<string> {
  await mkdir(dirname(folder), { recursive: true });
  await makeNestApp(folder, variant.type);
  if (variant.adapter === 'fastify') await onFastify(folder);
  await prepare(folder, variant);
  await npm(folder, ['install']);
  await git(folder, ['init', '--quiet']);
  await commit(folder);
  const [generator] = tarballsOf(built, 'program');
  const generate = (...args: string[]) =>
    succeed('npx', ['--yes', `--package=${generator}`, 'hotshelf-create', ...ARTICLES, ...args], folder);
  assert.match(await generate('--dry-run'), /^created +src\/articles\/articles\.entity\.ts$/m);
  assert.equal(await git(folder, ['status', '--porcelain']), '');
  assert.match(await generate(), /^changed +src\/app\.module\.ts$/m);
  await npm(folder, ['install', ...tarballsOf(built, 'library')]);
  await commit(folder);
  assert.doesNotMatch(await generate(), /^(?:created|changed|conflict) /m);
  assert.equal(await git(folder, ['status', '--porcelain']), '');
  await succeed(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], folder);
  const [database, redis] = await Promise.all([createDatabase(), startRedisServer()]);
  const environment = { ...ENVIRONMENT, DATABASE_URL: database.url, REDIS_URL: redis.url };
  try {
    await database.sql(
      'CREATE TABLE articles (slug text PRIMARY KEY, author text NOT NULL, title text NOT NULL)',
    );
    await database.sql(`INSERT INTO articles VALUES ('first', 'ann', 'One')`);
    await succeed('npm', ['run', 'hotshelf:migrate'], folder, environment);
    await succeed('npx', variant.migrate, folder, environment);
    const seenMs = await serve(folder, environment, database);
    await succeed('npx', variant.revert, folder, environment);
    assert.deepEqual(await database.sql(TRIGGERS), [{ count: 0 }]);
    return `an UPDATE was seen after ${seenMs.toFixed(0)} ms`;
  } finally {
    await database.drop();
    await redis.stop();
  }
}

async function prepare(folder: string, { packages, files }: Variant): Promise<void> {
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  const kept = Object.entries(manifest.devDependencies).filter(([name]) => DEVELOPED_WITH.includes(name));
  const changed = {
    ...manifest,
    dependencies: { ...manifest.dependencies, ...packages },
    devDependencies: Object.fromEntries(kept),
  };
  await writeFile(path, `${JSON.stringify(changed, null, 2)}\n`);
  await writeFile(join(folder, '.gitignore'), 'node_modules\ndist\n');
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
}

/** Starts the application as it is built, and changes a row beside it. */
async function serve(folder: string, environment: NodeJS.ProcessEnv, database: Catalogue): Promise<number> {
  const { url, child } = await startApp(folder, 'main.js', { ...environment, LOG_LEVEL: 'error' });
  const ended = once(child, 'exit');
  const get = (path: string) => fetch(url + path);
  try {
    assert.equal(await (await get('/')).text(), 'Hello World!');
    await until('it is a hit', async () => {
      const response = await get('/articles/first');
      assert.deepEqual(await response.json(), { slug: 'first', author: 'ann', title: 'One' });
      return /hit/.test(response.headers.get('cache-status') ?? '');
    });
    assert.deepEqual(await (await get('/articles/by-author/ann')).json(), ['first']);
    await database.sql(`UPDATE articles SET title = 'Two', author = 'bob'`);
    const committedAtMs = performance.now();
    await until(
      'it shows the change',
      async () => (await (await get('/articles/first')).json()).title === 'Two',
    );
    const seenMs = performance.now() - committedAtMs;
    await until(
      'the list is without it',
      async () => (await (await get('/articles/by-author/ann')).text()) === '[]',
    );
    return seenMs;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

const npm = (folder: string, args: readonly string[]) =>
  succeed('npm', [...args, '--no-audit', '--no-fund', '--ignore-scripts'], folder);

const git = (folder: string, args: readonly string[]) => succeed('git', args, folder, ENVIRONMENT);

async function commit(folder: string): Promise<void> {
  await git(folder, ['add', '--all']);
  await git(folder, ['commit', '--quiet', '--message', 'all']);
}
