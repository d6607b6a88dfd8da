import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { OpenLoad } from '../../support/open-load.ts';
import { until } from '../../support/until.ts';
import { linesOf, startWorkers } from './service.ts';

/** A read that waits for as long as the table is locked. */
const PATIENT = { DATABASE_LOAD_TIMEOUT: '30s', CACHE_LEASE_TTL: '40s' };

describe('a service that gets a stop signal', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(100);
  });
  after(() => catalogue.drop());

  const start = (workers: number, settings: Record<string, string> = {}): Promise<Api> => {
    const all = { DATABASE_URL: catalogue.url, ...settings };
    return workers === 1 ? startApi(all) : startWorkers(workers, all);
  };

  for (const workers of [1, 2]) {
    describe(`with WORKERS=${workers}`, () => {
      it('fails no request of 500 a second on kept connections, which turn away when it is not ready', async (t) => {
        const api = await start(workers, { SHUTDOWN_DELAY: '4s' });
        const path = (n: number) => `/products/prod-${n % 100}`;
        const load = new OpenLoad(api.url, { perSecond: 550, connections: 20, path });
        await until('the load runs', () => load.answered > 1_000);
        const stopped = api.stop('SIGTERM');
        await until('it is not ready', async () => (await api.get('/health/ready')).status === 503);
        const before = load.answered;
        await until('the load goes on meanwhile', () => load.answered > before + 500);
        const report = await load.turnAway();
        t.diagnostic(`${report.answered} requests, ${Math.round(report.answeredPerSecond)}/s`);
        assert.deepEqual(report.failures, []);
        assert.ok(report.offeredPerSecond >= 500, `offered: ${report.offeredPerSecond}/s`);
        assert.ok(report.answeredPerSecond >= 500, `answered: ${report.answeredPerSecond}/s`);
        assert.ok(report.lastAnswers >= 20, 'every connection was ended by an answer');
        assert.equal(await stopped, 0);
      });

      it('fails no request if the clients do not turn away in time, and ends every connection with an answer', async () => {
        const api = await start(workers);
        const path = (n: number) => `/products/prod-${n % 100}`;
        const load = new OpenLoad(api.url, { perSecond: 550, connections: 20, path });
        await until('the load runs', () => load.answered > 1_000);
        const left = load.turnAway();
        const code = await api.stop('SIGTERM');
        const { failures, lastAnswers } = await left;
        assert.deepEqual([failures, lastAnswers, code], [[], 20, 0]);
      });

      it('is not ready at once, and serves on through the delay on connections that end', async () => {
        const api = await start(workers, { SHUTDOWN_DELAY: '1500ms' });
        const stopped = api.stop('SIGTERM');
        await until('it says that it is stopping', async () => {
          const ready = await api.get('/health/ready');
          return ready.status === 503 && ((await ready.json()) as { status: string }).status === 'stopping';
        });
        const [read, live] = [await api.get('/products/prod-1'), await api.get('/health/live')];
        assert.deepEqual([read.status, live.status], [200, 200]);
        assert.equal(read.headers.get('connection'), 'close');
        assert.equal(await stopped, 0);
      });

      it('answers what is in flight, and takes no new connection meanwhile', async () => {
        const api = await start(workers, PATIENT);
        const unlock = await catalogue.lock('products');
        try {
          const read = api.get('/products/prod-5');
          await blockedRead(catalogue);
          const stopped = api.stop('SIGTERM');
          await until('the port is closed', () => refused(api.url));
          await unlock();
          assert.equal((await read).status, 200);
          assert.equal(await stopped, 0);
        } finally {
          await unlock();
        }
      });

      it('ends after SHUTDOWN_TIMEOUT, names the pending work, and exits with 1', async () => {
        const api = await start(workers, { ...PATIENT, SHUTDOWN_TIMEOUT: '500ms' });
        const unlock = await catalogue.lock('products');
        try {
          const read = api.get('/products/prod-5').catch(() => 'cut off');
          await blockedRead(catalogue);
          assert.equal(await api.stop('SIGTERM'), 1);
          assert.equal(await read, 'cut off');
          const [line] = linesOf(api, 'stopping took too long');
          assert.match(String(line?.['msg']), /answering the requests in flight$/);
          assert.equal(line?.['openConnections'], 1);
        } finally {
          await unlock();
        }
      });

      it('ends at once at a second signal, with 128 and its number', async () => {
        const api = await start(workers, PATIENT);
        const unlock = await catalogue.lock('products');
        try {
          const read = api.get('/products/prod-5').catch(() => 'cut off');
          await blockedRead(catalogue);
          process.kill(api.pid, 'SIGTERM');
          await until('the port is closed', () => refused(api.url));
          // The first ones may still be taken for echoes of the one before.
          let code: number | null | undefined;
          const ended = api.stop('SIGINT').then((exit) => {
            code = exit;
          });
          await until('it gives in', () => code !== undefined || !process.kill(api.pid, 'SIGINT'));
          await ended;
          assert.equal(code, 130);
          assert.equal(await read, 'cut off');
        } finally {
          await unlock();
        }
      });
    });
  }

  it('closes a connection on which nothing was ever asked', async () => {
    const api = await start(1);
    const { port, hostname } = new URL(api.url);
    const silent = connect(Number(port), hostname);
    await once(silent, 'connect');
    const closed = once(silent, 'close');
    silent.resume();
    assert.equal(await api.stop('SIGTERM'), 0);
    await closed;
  });
});

/** Waits until a read of the service waits for a lock. */
function blockedRead(catalogue: Catalogue): Promise<void> {
  return until('a read waits for the table', async () => {
    const rows = await catalogue.sql(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
}

async function refused(url: string): Promise<boolean> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
