import assert from 'node:assert/strict';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { StartedPostgres } from '#src/apps/local/src/postgres';
import { Services } from '#src/apps/local/src/services';
import { isRunning, makePostgresHome, type PostgresHome, query } from './support.ts';

describe('a Postgres of our own, in a folder that only its owner can enter', () => {
  const services = new Services();
  let home: PostgresHome;
  let postgres: StartedPostgres;

  before(async () => {
    home = await makePostgresHome();
    postgres = await home.start(services);
  });
  after(async () => {
    await services.stop();
    await home.remove();
  });

  it('answers on its address, by the name and with the locale that the service expects', async () => {
    const [row] = await query(
      postgres.url,
      `SELECT current_user, current_database() AS database, split_part(version(), ' ', 2) AS version,
              pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale
         FROM pg_database WHERE datname = current_database()`,
    );
    assert.match(String(row?.['version']), /^18\./);
    assert.deepEqual(
      { ...row, version: undefined },
      {
        current_user: 'hotshelf',
        database: 'hotshelf',
        version: undefined,
        encoding: 'UTF8',
        provider: 'b',
        locale: 'C.UTF-8',
      },
    );
  });

  it('listens on the loopback address alone, and on no socket in a shared folder', async () => {
    const settings = await query(
      postgres.url,
      `SELECT name, setting FROM pg_settings
        WHERE name IN ('listen_addresses', 'unix_socket_directories') ORDER BY name`,
    );
    assert.deepEqual(
      settings.map(({ setting }) => setting),
      ['127.0.0.1', ''],
    );
  });

  it('refuses a wrong password; only its owner can read the right one', async () => {
    const guessed = postgres.url.replace(/:[^:@]+@/, ':guessed@');
    await assert.rejects(query(guessed, 'SELECT 1'), { code: '28P01' });
    const { mode } = await stat(path.join(home.home, 'password'));
    assert.equal(mode & 0o777, 0o600);
  });

  it('does not run as root', async () => {
    const { uid } = await stat(`/proc/${postgres.pid}`);
    assert.notEqual(uid, 0);
    assert.equal((await stat(postgres.dataFolder)).uid, uid);
  });

  it('hands settings on, and they win over its own', async () => {
    const other = await makePostgresHome();
    const { url, stop } = await other.start(services, { TimeZone: 'Europe/Vienna', max_connections: '17' });
    assert.deepEqual(await query(url, 'SHOW TimeZone'), [{ TimeZone: 'Europe/Vienna' }]);
    assert.deepEqual(await query(url, 'SHOW max_connections'), [{ max_connections: '17' }]);
    await stop();
    await other.remove();
  });

  it('keeps its data, its place and its password between starts', async () => {
    await query(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await postgres.stop();
    assert.ok(!isRunning(postgres.pid));
    const before = postgres;
    postgres = await home.start(services);
    assert.equal(postgres.dataFolder, before.dataFolder);
    assert.equal(new URL(postgres.url).password, new URL(before.url).password);
    assert.deepEqual(await query(postgres.url, 'SELECT answer FROM kept'), [{ answer: 42 }]);
  });

  it('says why it did not start, in the words of its log, and can be started again', async () => {
    await postgres.stop();
    await assert.rejects(
      home.start(services, { shared_buffers: 'plenty' }),
      /invalid value .*"shared_buffers"/,
    );
    postgres = await home.start(services);
    await query(postgres.url, 'SELECT 1');
  });

  it('leaves the data of another major version alone and starts over', async () => {
    await postgres.stop();
    const old = path.join(path.dirname(postgres.dataFolder), 'data-17');
    await rename(postgres.dataFolder, old);
    postgres = await home.start(services);
    await assert.rejects(query(postgres.url, 'SELECT answer FROM kept'), { code: '42P01' });
    assert.ok((await readdir(old)).includes('PG_VERSION'));
  });

  it('starts over if the home was removed, wherever the data lies', async () => {
    await query(postgres.url, 'CREATE TABLE forgotten ()');
    await postgres.stop();
    await rm(home.home, { recursive: true });
    postgres = await home.start(services);
    await assert.rejects(query(postgres.url, 'SELECT FROM forgotten'), { code: '42P01' });
  });
});
