import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { runApiToItsEnd, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { processTree } from '../start/process-tree.ts';
import { linesOf, startWorkers } from './service.ts';

describe('a start of several workers', () => {
  let catalogue: Catalogue;

  before(async () => {
    catalogue = await createCatalogue(1);
  });
  after(() => catalogue.drop());

  it('that cannot be, ends in one line that names the variable', async () => {
    const { code, output } = await runApiToItsEnd({ WORKERS: '3' });
    assert.equal(code, 1);
    assert.match(output, /^DATABASE_URL must be [^\n]+\n$/);
  });

  it('says once, and not once a worker, that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const settings = { DATABASE_URL: catalogue.url, PORT: String(port), LOG_LEVEL: 'silent', WORKERS: '3' };
    const { code, output } = await runApiToItsEnd(settings);
    other.close();
    assert.equal(code, 1);
    assert.match(output, /^PORT must be free[^\n]+\n$/);
  });

  it('gives each worker, and the spare, the heap that is set', async () => {
    const service = await startWorkers(2, { DATABASE_URL: catalogue.url, WORKER_MAX_HEAP: '128MiB' });
    try {
      await service.spare();
      const workers = processTree(service.pid).filter(({ pid }) => pid !== service.pid);
      assert.equal(workers.length, 3);
      for (const { args } of workers) assert.match(args, /--max-old-space-size=128\b/);
    } finally {
      assert.equal(await service.stop(), 0);
    }
  });

  it('of one process alone gives it the heap that is set, and leaves it its pid', async () => {
    const service = await startApi({ DATABASE_URL: catalogue.url, WORKER_MAX_HEAP: '128MiB' });
    try {
      const [own] = processTree(service.pid);
      assert.match(own?.args ?? '', /--max-old-space-size=128 .*main\.js$/);
      assert.equal((await service.get('/products/prod-0')).status, 200);
    } finally {
      assert.equal(await service.stop(), 0);
    }
  });

  it('can be without a spare', async () => {
    const service = await startWorkers(2, { DATABASE_URL: catalogue.url, WORKER_SPARE: 'off' });
    try {
      const [victim = 0] = service.workers();
      process.kill(victim, 'SIGKILL');
      await service.served(3);
      assert.equal(processTree(service.pid).length, 3);
      assert.deepEqual(linesOf(service, 'spare'), []);
    } finally {
      assert.equal(await service.stop(), 0);
    }
  });
});
