import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '#src/apps/local/src/free-port';
import type { BuiltPackage } from '../../../deploy/packages/build-packages.ts';
import { createDatabase } from '../../support/catalogue.ts';
import { endWithMe } from '../../support/end-with-me.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { install, succeed } from './installed.ts';

const ROOT = join(import.meta.dirname, '../../..');
const EXAMPLE = join(ROOT, 'apps/example/src');
/** What an application of Nest has of its own; npm brings the other peers. */
const OWN = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-fastify',
  'reflect-metadata',
  'rxjs',
  'typescript',
];
const UPDATES = 20;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    outDir: 'built',
    rootDir: 'src',
    types: ['node'],
  },
  include: ['src'],
};

/**
 * The example, with the packages in place of the libs, in two processes beside a Postgres and a Redis.
 *
 * @returns what was measured
 */
export async function runOutsideApp(folder: string, built: readonly BuiltPackage[]): Promise<string> {
  const startedAtMs = performance.now();
  await installApp(folder, built);
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
    const port = String(await freePort());
    const child = spawn(process.execPath, ['built/main.js'], {
      cwd: folder,
      env: { ...environment, PORT: port },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    endWithMe(child);
    children.push(child);
    const url = `http://127.0.0.1:${port}`;
    await until('the application is ready', async () => (await fetch(`${url}/health/ready`)).ok);
    return url;
  };
  const titleAt = async (url: string) => (await (await fetch(`${url}/articles/first`)).json()).title;
  try {
    await succeed(process.execPath, ['built/migrate.js'], folder, environment);
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
    assert.ok(Math.max(...seenMs) < 1_000, `an UPDATE was seen after ${Math.max(...seenMs)} ms`);
    await redis.kill();
    for (const url of urls) assert.equal(await titleAt(url), `Title ${UPDATES - 1}`);
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
      assert.deepEqual(await once(child, 'exit'), [0, null]);
    }
    const sorted = seenMs.toSorted((a, b) => a - b).map((ms) => ms.toFixed(0));
    return `installed in ${(installedMs / 1_000).toFixed(0)} s, ${UPDATES} UPDATEs seen by both after ${sorted[0]} to ${sorted.at(-1)} ms (median ${sorted[UPDATES / 2]})`;
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await database.drop();
    await redis.stop();
  }
}

async function installApp(folder: string, built: readonly BuiltPackage[]): Promise<void> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const versions: Record<string, string> = { ...devDependencies, ...dependencies };
  const own = [...OWN, '@types/node'].map((name) => `${name}@${versions[name]}`);
  await install(folder, [...own, ...built.map(({ tarball }) => tarball)]);
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const file of await readdir(EXAMPLE)) {
    const text = await readFile(join(EXAMPLE, file), 'utf8');
    await writeFile(join(folder, 'src', file), text.replaceAll(/'#libs\/[a-z-]+'/g, `'@hotshelf/nestjs'`));
  }
}
