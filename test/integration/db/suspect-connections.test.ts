import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { Connections } from '#src/libs/db/src/connections';
import { createCatalogue } from '../../support/catalogue.ts';
import { onPort } from '../../support/on-port.ts';
import { openServicePool } from '../../support/service-pool.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';

describe('a pool whose peer vanished without a word', () => {
  it('costs one statement its timeout, and the next ones nothing', async () => {
    const catalogue = await createCatalogue(1);
    const proxy = await startTcpProxy(catalogue.url);
    const url = onPort(catalogue.url, proxy.port);
    const settings = { DATABASE_URL: url, DATABASE_POOL_SIZE: '3', DATABASE_LOAD_TIMEOUT: '300ms' };
    const pool = await openServicePool(readConfig(settings).database);
    const connections = new Connections(pool);
    try {
      pool.open(3);
      await until('three stand ready', () => pool.use?.idle === 3);
      proxy.swallow();
      await assert.rejects(connections.query('SELECT 1', []));
      proxy.pass();
      for (let n = 0; n < 3; n += 1)
        assert.deepEqual(await connections.query('SELECT 1 AS one', []), [{ one: 1 }]);
    } finally {
      await pool.close();
      await proxy.stop();
      await catalogue.drop();
    }
  });
});
