import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { DataSource } from 'typeorm';
import { readConfig } from '#libs/config';
import { serviceDataSource } from '#src/libs/db/src/data-source-options';
import { Connections } from '#src/libs/db/src/pool/connections';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

const POOL = 5;
/** What whoever meets a connection that fell silent waits in vain: the timeout, and what the driver adds to it. */
const LOAD_TIMEOUT_MS = 100;

describe('connections to a Postgres that vanished, and is back', () => {
  let catalogue: Catalogue;
  let network: TcpProxy;
  let dataSource: DataSource;
  let connections: Connections;

  const ask = () => connections.query<{ pid: number }>('SELECT pg_backend_pid() AS pid', []);
  /** Takes all places at once, so that each has a connection. */
  const fill = () =>
    Promise.all(Array.from({ length: POOL }, () => connections.query('SELECT pg_sleep(0.05)', [])));

  before(async () => {
    catalogue = await createCatalogue(1);
  });
  beforeEach(async () => {
    network = await startTcpProxy(catalogue.url);
    const url = new URL(catalogue.url);
    url.port = String(network.port);
    const { database } = readConfig({
      DATABASE_URL: url.href,
      DATABASE_POOL_SIZE: String(POOL),
      DATABASE_LOAD_TIMEOUT: `${LOAD_TIMEOUT_MS}ms`,
    });
    dataSource = await new DataSource(serviceDataSource(database)).initialize();
    connections = new Connections(dataSource);
    await fill();
    assert.equal(connections.use?.total, POOL);
  });
  afterEach(async () => {
    await network.stop();
    await dataSource.destroy();
  });
  after(() => catalogue.drop());

  it('cost one caller a timeout, and nobody after', async () => {
    network.swallow();
    network.pass();
    await assert.rejects(ask());
    for (let n = 0; n < POOL; n += 1) await ask();
    assert.equal(
      connections.use?.total,
      1,
      'those that were as old are closed, and nobody needed more than one',
    );
  });

  it('are kept where a statement failed and its connection is sound', async () => {
    const opened = network.opened;
    await assert.rejects(connections.query('SELECT 1 / 0', []), /division by zero/);
    await fill();
    assert.equal(network.opened, opened);
  });
});
