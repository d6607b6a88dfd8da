import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { productOf } from '#src/apps/local/src/seeded-products';
import { runCommand } from '../../support/run-command.ts';
import { type Home, makeHome } from './home.ts';
import { gone } from './process-tree.ts';
import { runStart, type Start } from './run-start.ts';

const json = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

/** Ends a start as Ctrl-C does. */
async function stop(start: Start): Promise<void> {
  process.kill(start.pid, 'SIGINT');
  await start.ended;
}

/** A PATH with what Postgres takes, and without a Redis or any way to get one. */
async function pathWithout(home: Home): Promise<string> {
  const folder = join(home.folder, 'bare');
  await mkdir(folder);
  for (const program of ['id', 'ps']) {
    const { output } = await runCommand('/bin/sh', ['-c', `command -v ${program}`], { env: process.env });
    if (output !== '') await symlink(output.trim(), join(folder, program));
  }
  return folder;
}

describe('npm start with nothing configured', () => {
  let home: Home;
  /** The first start; it runs until a test stops it. */
  let first: Start;
  let url: string;

  before(async () => {
    home = await makeHome();
    first = runStart(home);
    ({ url } = await first.ready());
  });
  after(async () => {
    await home.endRuns();
    await home.remove();
  });

  const sql = async (text: string) => {
    const client = new pg.Client(await home.databaseUrl());
    await client.connect();
    await client.query(text).finally(() => client.end());
  };

  it('serves a seeded catalogue', async () => {
    const { name, price, stock } = productOf(1);
    const { status, body } = await json(`${url}/products/prod-1`);
    assert.equal(status, 200);
    assert.equal(body['id'], 'prod-1');
    assert.deepEqual([body['name'], body['price'], body['stock']], [name, Number(price), stock]);
    assert.equal((await json(`${url}/products/prod-9999`)).status, 200);
    assert.equal((await json(`${url}/products/prod-10000`)).status, 404);
    assert.ok(first.started('postgres').length > 0 && first.started('redis-server').length === 1);
  });

  it('names last of all what can be tried', async () => {
    for (const path of ['/health', '/metrics', '/docs']) {
      assert.ok(first.output().includes(`${url}${path}\n`), `${path} is named`);
      assert.equal((await fetch(url + path)).status, 200, path);
    }
    const own = first.output().replace(/^\{.*\}\n/gm, '');
    assert.match(own, /\nCtrl-C ends it and all that it started\.\n\n$/);
  });

  it('shows a key that may write, for this run, and a request with it', async () => {
    const keys = new Set(first.output().match(/\bhs_[\w-]{43}/g));
    assert.equal(keys.size, 1);
    const [key = ''] = keys;
    assert.ok(first.output().includes(`curl -i -X POST ${url}/products`));
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const { status } = await fetch(`${url}/products`, { method: 'POST', headers, body: '{}' });
    assert.equal(status, 400, 'it is admitted, and the missing field is named');
  });

  it('lets npm run key make one for another', async () => {
    const command = ['apps/local/src/key.ts'];
    const made = await runCommand(process.execPath, [...command, '--id', 'shop', '--days', '90'], {
      env: home.env,
    });
    assert.equal(made.code, 0, made.output);
    assert.match(made.output, /^ {2}hs_[\w-]{43}$/m);
    assert.match(made.output, /^ {2}shop:[0-9a-f]{64}:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/m);
    const refused = await runCommand(process.execPath, [...command, '--days', '90'], { env: home.env });
    assert.deepEqual([refused.code, refused.output.split(' ')[0]], [2, '--id']);
  });

  it('refuses a second start on the same folder, naming the process that has it', async () => {
    const second = runStart(home);
    assert.equal((await second.ended).code, 1);
    assert.match(
      second.output(),
      new RegExp(`^${home.folder}/postgres is in use by process ${first.pid}: [^\n]+$`, 'm'),
    );
  });

  it('lets npm run seed fill the database that it runs on', async () => {
    const { code, output } = await runCommand(
      process.execPath,
      ['apps/local/src/jobs.ts', 'seed', '--products', '10010'],
      { env: home.env },
    );
    assert.equal(code, 0, output);
    assert.equal((await json(`${url}/products/prod-10009`)).status, 200);
  });

  it('ends without a trace, and keeps what was changed when it is started again', async () => {
    await sql(
      `UPDATE products SET price = 4.56 WHERE id = 'prod-2'; DELETE FROM products WHERE id = 'prod-3'`,
    );
    const pids = first.started('');
    await stop(first);
    assert.deepEqual(await first.ended, { code: 0, signal: null });
    await gone(pids);
    const second = runStart(home);
    ({ url } = await second.ready());
    assert.equal((await json(`${url}/products/prod-2`)).body['price'], 4.56);
    assert.equal((await json(`${url}/products/prod-3`)).status, 404);
    assert.doesNotMatch(second.output(), /seeded/);
    await stop(second);
  });

  it('runs without Redis where REDIS_URL is empty', async () => {
    const start = runStart(home, { REDIS_URL: '' });
    const { url } = await start.ready();
    assert.equal((await json(`${url}/products/prod-1`)).status, 200);
    assert.match(start.output(), /^Redis {6}none, as REDIS_URL is empty/m);
    assert.deepEqual(start.started('redis-server'), []);
    await stop(start);
  });

  it('names the package to install in one line if no Redis is available, and serves', async () => {
    const start = runStart(home, { PATH: await pathWithout(home) });
    const { url } = await start.ready();
    assert.match(
      start.output(),
      /^Redis {6}none on this machine \(apt-get: not found\): .* Install Redis 7 or newer .*REDIS_URL\.$/m,
    );
    assert.equal((await json(`${url}/products/prod-1`)).status, 200);
    await stop(start);
  });
});
