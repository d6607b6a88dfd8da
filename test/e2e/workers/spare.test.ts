import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { gone } from '../start/process-tree.ts';
import { linesOf, type Service, startWorkers } from './service.ts';

describe('a spare worker', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let service: Service;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    service = await startWorkers(2, { DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
  });
  after(async () => {
    await service.stop();
    await redis.stop();
    await catalogue.drop();
  });

  it('is connected to nothing while it waits, and takes no connections', async () => {
    const spare = await service.spare();
    assert.deepEqual(tcpSocketsOf(spare), []);
    assert.ok(tcpSocketsOf(service.workers()[0] ?? 0).length > 0);
  });

  it('receives invalidations like any other when it has taken over', async () => {
    const spare = await service.spare();
    process.kill(service.workers()[0] ?? 0, 'SIGKILL');
    await service.served(3);
    assert.ok(service.workers().includes(spare));
    await until('every worker hears of changes', async () => {
      return (await service.metric('cache_tracking_synced')) === 1;
    });
    assert.ok(tcpSocketsOf(spare).length > 0);
  });

  it('that is killed is replaced, while the workers go on', async () => {
    const [spare, workers] = [await service.spare(), service.workers()];
    process.kill(spare, 'SIGKILL');
    await until('the next one is prepared', async () => (await service.spare()) !== spare);
    assert.equal(linesOf(service, 'spare worker exited unexpectedly').length, 1);
    assert.deepEqual(service.workers(), workers);
  });

  it('goes before a roll, since it has read the old program, and a new one follows', async () => {
    const spare = await service.spare();
    process.kill(service.pid, 'SIGHUP');
    await until('rolling restart finished', () => linesOf(service, 'rolling restart finished').length === 1);
    assert.equal(service.workers().includes(spare), false);
    assert.notEqual(await service.spare(), spare);
  });

  it('ends with the service', async () => {
    const spare = await service.spare();
    assert.equal(await service.stop(), 0);
    await gone([spare]);
  });

  it('ends with a parent that is killed', async () => {
    const other = await startWorkers(2, { DATABASE_URL: catalogue.url });
    const spare = await other.spare();
    await other.stop('SIGKILL');
    await gone([spare]);
  });
});

/** The inodes of the TCP sockets that a process has, listening ones included (Linux). */
function tcpSocketsOf(pid: number): string[] {
  const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/${pid}/net/${name}`, 'utf8'));
  const known = new Set(
    tables
      .join('\n')
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[9]),
  );
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && known.has(inode) ? [inode] : [];
  });
}

/** A file may be closed while it is looked at. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
