import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BuiltPackage } from '../../../deploy/packages/build-packages.ts';
import { createDatabase } from '../../support/catalogue.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { install, PATH_OF_NPM, startApp, succeed, tarballsOf } from './installed.ts';

const ROOT = join(import.meta.dirname, '../../..');
const EXAMPLE = join(ROOT, 'apps/example/src');
/** What an application of Nest has of its own, beside its adapter; npm brings the other peers. */
const OWN = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs', 'typescript', '@types/node'];
const UPDATES = 20;
/** Of its own, that are neither blank nor imports. */
const MOST_LINES = 30;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    outDir: 'dist',
    rootDir: 'src',
    types: ['node'],
  },
  include: ['src'],
};

/** A way in which the tutorial starts the application. */
interface Start {
  readonly adapter: string;
  readonly main: string;
  /** The beginning of its test. */
  readonly testOf: string | null;
  /** How it ends on SIGTERM. */
  readonly end: readonly [code: number | null, signal: string | null];
}

export const STARTS: Readonly<Record<string, Start>> = {
  Fastify: { adapter: '@nestjs/platform-fastify', main: 'main.js', testOf: null, end: [0, null] },
  Express: {
    adapter: '@nestjs/platform-express',
    main: 'main.express.js',
    testOf: shown(/^The test begins with `(.*)`\./m),
    // Nest ends its process by the signal that it got.
    end: [null, 'SIGTERM'],
  },
};

/** What the tutorial shows at some place. */
function shown(place: RegExp): string {
  const [, text] = place.exec(readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8')) ?? [];
  if (text === undefined) throw new Error(`docs/tutorial.md does not show ${place}`);
  return text;
}

/**
 * The example, with the packages in place of the libs, in two processes beside a Postgres and a Redis.
 *
 * @returns what was measured
 */
export async function runOutsideApp(
  folder: string,
  built: readonly BuiltPackage[],
  { adapter, main, testOf, end }: Start,
): Promise<string> {
  const startedAtMs = performance.now();
  await installApp(folder, built, adapter);
  const lines = await putSources(folder, main, testOf);
  assert.ok(lines <= MOST_LINES, `${lines} lines`);
  const installedMs = performance.now() - startedAtMs;
  await succeed(process.execPath, ['node_modules/typescript/bin/tsc'], folder);
  const [database, redis] = await Promise.all([createDatabase(), startRedisServer()]);
  const environment = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
  };
  const children: ChildProcess[] = [];
  const start = async () => {
    const { url, child } = await startApp(folder, main, environment);
    children.push(child);
    return url;
  };
  const titleAt = async (url: string) => (await (await fetch(`${url}/articles/first`)).json()).title;
  try {
    await succeed(process.execPath, ['dist/migrate.js'], folder, environment);
    const urls = await Promise.all([start(), start()]);
    await database.sql(`INSERT INTO articles (slug, author, title) VALUES ('first', 'ann', 'One')`);
    const bothShow = async (title: string) => {
      while (!(await Promise.all(urls.map(titleAt))).every((shown) => shown === title)) await pause(1);
    };
    await bothShow('One');
    const seenMs: number[] = [];
    for (let n = 0; n < UPDATES; n += 1) {
      await database.sql(`UPDATE articles SET title = $1`, [`Title ${n}`]);
      const committedAtMs = performance.now();
      await bothShow(`Title ${n}`);
      seenMs.push(performance.now() - committedAtMs);
    }
    const sorted = seenMs.toSorted((a, b) => a - b);
    const median = sorted[UPDATES / 2] ?? 0;
    assert.ok(median < 100, `half of the UPDATEs were seen after ${median} ms`);
    assert.ok(Math.max(...seenMs) < 1_000, `an UPDATE was seen after ${Math.max(...seenMs)} ms`);
    await succeed('sh', ['-c', shown(/^(npm pkg set scripts\.test=.*)$/m)], folder);
    const tested = await succeed('npm', ['test'], folder, { ...environment, PATH: PATH_OF_NPM });
    assert.match(tested, /^ℹ pass 2\nℹ fail 0$/m);
    await bothShow('Four');
    await redis.kill();
    for (const url of urls) assert.equal(await titleAt(url), 'Four');
    await database.sql(`UPDATE articles SET title = 'without Redis'`);
    await until('both show a change without Redis', async () =>
      (await Promise.all(urls.map(titleAt))).every((title) => title === 'without Redis'),
    );
    await redis.restart();
    await database.sql(`UPDATE articles SET title = 'with Redis'`);
    await until('both show a change with Redis', async () =>
      (await Promise.all(urls.map(titleAt))).every((title) => title === 'with Redis'),
    );
    for (const child of children) {
      child.kill('SIGTERM');
      assert.deepEqual(await once(child, 'exit'), end);
    }
    const [least, most] = [sorted[0] ?? 0, sorted.at(-1) ?? 0].map((ms) => ms.toFixed(0));
    return `${lines} lines of its own, installed in ${(installedMs / 1_000).toFixed(0)} s, ${UPDATES} UPDATEs seen by both after ${least} to ${most} ms (median ${median.toFixed(0)}), its test passes`;
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await database.drop();
    await redis.stop();
  }
}

async function installApp(folder: string, built: readonly BuiltPackage[], adapter: string): Promise<void> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const versions: Record<string, string> = { ...devDependencies, ...dependencies };
  const own = [...OWN, adapter].map((name) => `${name}@${versions[name]}`);
  await install(folder, [...own, ...tarballsOf(built, 'library')]);
}

/** @returns the number of lines that are neither blank nor imports, of all but its test */
async function putSources(folder: string, main: string, testOf: string | null): Promise<number> {
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  const isOther = (file: string) => file.startsWith('main.') && file !== main.replace(/js$/, 'ts');
  let lines = 0;
  for (const file of (await readdir(EXAMPLE)).filter((each) => !isOther(each))) {
    const source = await readFile(join(EXAMPLE, file), 'utf8');
    const text = source.replaceAll(/'#libs\/[a-z-]+'/g, `'@hotshelf/nestjs'`);
    const isTest = file.endsWith('.test.ts');
    if (!isTest) lines += text.split('\n').filter((line) => !/^(?:import .*|\s*)$/.test(line)).length;
    await writeFile(join(folder, 'src', file), isTest && testOf !== null ? onNest(text, testOf) : text);
  }
  return lines;
}

/** The test with an application that Nest starts itself. */
function onNest(test: string, begin: string): string {
  const begun = test
    .replace(/^const app = .*$/m, begin)
    .replace(/^import \{ (?:readConfig|createService) .*\n/gm, '');
  return `import { NestFactory } from '@nestjs/core';\n${begun}`;
}
