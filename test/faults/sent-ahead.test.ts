import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { dial, rawRequest } from '../support/raw-http.ts';
import { residentMib } from '../support/resident-mib.ts';
import { until } from '../support/until.ts';

const CLIENTS = 30;
/** What Node reads at once. */
const PIECE_BYTES = 65_536;
const MAX_GROWTH_MIB = 150;

describe('clients that send a whole piece of requests ahead, and read no answer', () => {
  let catalogue: Catalogue;
  let api: Api;
  let sockets: Socket[] = [];

  const pieceOf = (path: string) => {
    const request = rawRequest(`GET ${path} HTTP/1.1`);
    return request.repeat(Math.floor(PIECE_BYTES / request.length));
  };
  const open = async () => {
    const socket = await dial(api.url);
    socket.on('error', () => undefined).pause();
    sockets.push(socket);
    return socket;
  };
  const serves = async () => {
    const answer = await fetch(`${api.url}/products/prod-1`, { signal: AbortSignal.timeout(2_500) });
    assert.match(await answer.text(), /"id":"prod-1"/);
  };

  before(async () => {
    catalogue = await createCatalogue(500);
    api = await startApi({ DATABASE_URL: catalogue.url, LOG_LEVEL: 'warn' });
    await serves();
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  });
  after(async () => {
    assert.equal(await api.stop(), 0);
    await catalogue.drop();
  });

  for (const path of ['/products?limit=100', '/docs-json'])
    it(`take neither the time nor the memory from others: ${path}`, async (t) => {
      assert.equal((await api.get(path)).status, 200);
      const { now: before } = await residentMib(api);
      for (let n = 0; n < CLIENTS; n += 1) {
        (await open()).write(pieceOf(path));
        await serves();
      }
      for (let n = 0; n < 100; n += 1) await serves();
      const growth = (await residentMib(api)).now - before;
      t.diagnostic(`resident memory grew by ${growth.toFixed(0)} MiB`);
      assert.ok(growth < MAX_GROWTH_MIB, `${growth} MiB`);
    });

  it('are closed and counted if too many requests wait, and no other connection is', async () => {
    const release = await catalogue.lock('products');
    try {
      for (let n = 0; n < 20; n += 1) {
        (await open()).write(rawRequest(`GET /products/prod-${n + 100} HTTP/1.1`) + pieceOf('/'));
      }
      await until('they are counted', async () => {
        return (await api.metric('shed_requests_total{reason="pipelining"}')) > 0;
      });
      await serves();
    } finally {
      await release();
    }
  });
});
