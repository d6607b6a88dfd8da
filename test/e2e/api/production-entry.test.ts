import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { runApiToItsEnd, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

describe('the production entry', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(1);
  });
  after(() => catalogue.drop());

  it('stops without a database, in one line that names the variable', async () => {
    const { code, output } = await runApiToItsEnd({});
    assert.equal(code, 1);
    assert.match(output, /^DATABASE_URL must be [^\n]+\n$/);
  });

  it('stops when its port is taken, in one line that names the variable', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, output } = await runApiToItsEnd({
      DATABASE_URL: catalogue.url,
      PORT: String(port),
      LOG_LEVEL: 'silent',
    });
    other.close();
    assert.equal(code, 1);
    assert.match(output, /^PORT must be free[^\n]+\n$/);
  });

  it('ends with 0 on SIGTERM and on SIGINT', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const api = await startApi({ DATABASE_URL: catalogue.url });
      assert.equal(await api.stop(signal), 0, signal);
    }
  });

  it('never logs the database’s password', async () => {
    const password = new URL(catalogue.url).password;
    assert.ok(password.length > 8);
    const api = await startApi({ DATABASE_URL: catalogue.url, LOG_LEVEL: 'trace' });
    await api.get('/products/prod-0');
    await api.stop();
    assert.ok(!api.lines().some((line) => line.includes(password)));
  });
});
