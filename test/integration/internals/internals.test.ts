import 'reflect-metadata';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { connect, Server as NetServer, Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { GUARDS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ApplicationConfig, ModuleRef, NestFactory } from '@nestjs/core';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { answerUnderWay, cutOff, stopListening } from '#libs/internals';
import { hasGlobalEnhancers } from '#libs/internals/nest';
import { createDatabase } from '../../support/catalogue.ts';
import { listen } from '../../support/listen.ts';
import { until } from '../../support/until.ts';

const ROOT = join(import.meta.dirname, '../../..');

const FOLDER = 'libs/internals/src/';

/** Names that no documentation promises. Each is used in one folder, and has a row in the table of docs/decisions.md. */
const NAMES = [
  '_header',
  '_httpMessage',
  'httpAllowHalfOpen',
  'NetServer.prototype.close',
  'internalMessage',
  'setFlagsFromString',
  'driver as PostgresDriver',
  'connection.stream',
  'container?',
  '@nestjs/common/constants',
];

interface Row {
  readonly name: string;
  readonly file: string;
  readonly test: string;
}

const page = readFileSync(join(ROOT, 'docs/decisions.md'), 'utf8');
const [, table = ''] = page.split('## Internals');
const rows: Row[] = [...table.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|.*\| `([^`]+)` \|$/gm)].map(
  ([, name = '', file = '', test = '']) => ({ name, file, test }),
);

const sources = () =>
  execFileSync('git', ['ls-files', 'apps/*.ts', 'libs/*.ts'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)));

describe('the internals of others that the service uses', () => {
  it('are in one folder, and have a row each in docs/decisions.md, with a test that there is', () => {
    const used = sources().flatMap((file) => {
      const source = readFileSync(join(ROOT, file), 'utf8');
      return NAMES.filter((name) =>
        source
          .split(name)
          .slice(0, -1)
          .some((before) => !/\w$/.test(before)),
      ).map((name) => `${name} in ${file}`);
    });
    assert.deepEqual(rows.map(({ name, file }) => `${name} in ${file}`).toSorted(), used.toSorted());
    for (const { file, test } of rows) {
      assert.ok(file.startsWith(FOLDER), `${file} is not in ${FOLDER}`);
      assert.ok(existsSync(join(ROOT, test)), test);
    }
  });

  it('are left out where they are gone: what is there in their place is taken', async () => {
    assert.equal(answerUnderWay(new Socket()), null);
    assert.equal(hasGlobalEnhancers({}), true);
    assert.equal(hasGlobalEnhancers({ container: { applicationConfig: {} } }), true);
    const plain: string[] = [];
    const goodbye = () => Promise.resolve(plain.push('goodbye'));
    cutOff({ end: goodbye } as unknown as pg.Client);
    const server = createServer();
    const { stop } = await listen(server);
    const listensOn = { listening: { value: true }, close: { value: () => plain.push('close') } };
    stopListening(Object.create(server, listensOn));
    assert.deepEqual(plain, ['goodbye', 'close']);
    await stop().catch(() => undefined);
  });

  it('are as they were: the head of an answer is text in `_header`, and is sent from there', async () => {
    const server = createServer((_request, response: ServerResponse & { _header?: string | null }) => {
      response.writeHead(200, { 'x-one': '1' });
      assert.match(response._header ?? '', /^HTTP\/1\.1 200 OK\r\nx-one: 1\r\n/);
      response._header = `${response._header?.replace('x-one: 1', 'x-two: 2')}`;
      response.end();
    });
    const { url, stop } = await listen(server);
    assert.equal((await fetch(url)).headers.get('x-two'), '2');
    await stop();
  });

  it('are as they were: the answer that is being sent is in `_httpMessage` of its connection', async () => {
    const server = createServer((request, response) => {
      assert.equal((request.socket as Socket & { _httpMessage?: ServerResponse })._httpMessage, response);
      response.end('answered');
    });
    const { url, stop } = await listen(server);
    assert.equal(await (await fetch(url)).text(), 'answered');
    await stop();
  });

  it('are as they were: `httpAllowHalfOpen` lets a server answer a client that has closed its side', async () => {
    const server = createServer((_request, response) => setImmediate(() => response.end('answered')));
    Object.assign(server, { httpAllowHalfOpen: true });
    const { port, stop } = await listen(server);
    const client = connect(port, '127.0.0.1');
    client.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(await text(client), /answered/);
    await stop();
  });

  it('are as they were: the close of a plain server leaves idle HTTP connections open', async () => {
    const server = createServer((_request, response) => response.end('answered'));
    const { port } = await listen(server);
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(client, 'data');
    NetServer.prototype.close.call(server);
    assert.equal(server.listening, false);
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(await text(client), /answered/);
  });

  it('are as they were: V8 knows the flags of the heap', () => {
    const flags = ['--heap-growing-percent=25', '--no-allocation-site-pretenuring'];
    assert.equal(execFileSync(process.execPath, [...flags, '-p', '1'], { encoding: 'utf8' }), '1\n');
  });

  it('are as they were: TypeORM has its pool in `driver.master`, and pg the socket of a client in `connection.stream`', async () => {
    const database = await createDatabase();
    const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    const { master } = dataSource.driver as unknown as { master: pg.Pool };
    assert.deepEqual([master.totalCount, master.idleCount, master.waitingCount], [1, 1, 0]);
    await dataSource.destroy();
    const client = new pg.Client(database.url);
    client.on('error', () => undefined);
    await client.connect();
    client.connection.stream.destroy();
    await until('the client has ended', async () => {
      return await client.query('SELECT 1').then(
        () => false,
        () => true,
      );
    });
    await database.drop();
  });

  it('are as they were: Nest has its global enhancers in `ModuleRef.container`, and names of its metadata', async () => {
    class Root {}
    const app = await NestFactory.createApplicationContext({ module: Root }, { logger: false });
    const { container } = app.get(ModuleRef) as unknown as {
      container: { applicationConfig: ApplicationConfig };
    };
    assert.ok(container.applicationConfig instanceof ApplicationConfig);
    assert.deepEqual([GUARDS_METADATA, ROUTE_ARGS_METADATA], ['__guards__', '__routeArguments__']);
    await app.close();
  });
});
