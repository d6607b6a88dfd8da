import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltPackage } from '../../../deploy/packages/build-packages.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { install, succeed } from './installed.ts';

/** Two caches, as two processes have them, and a change that the first one reports. */
const PROGRAM = `
import { createCache, openRedis, readConfig } from '@hotshelf/cache';
const config = readConfig(process.env, ['redis', 'resilience', 'cache', 'shedding']);
const open = async () => {
  const redis = openRedis(config);
  const cache = createCache({ redis, config: config.cache, shedding: config.shedding, prefixes: ['article:'] });
  await redis.link.connectedWithin(5_000);
  cache.start();
  await cache.ready();
  return { redis, cache };
};
const nodes = [await open(), await open()];
let loads = 0;
const load = async () => ({ version: 1, value: { title: 'One', loads: (loads += 1) } });
for (const { cache } of nodes) await cache.getOrLoad('article:first', load);
console.log(JSON.stringify({ loads, value: await nodes[1].cache.getOrLoad('article:first', load) }));
for (const { cache, redis } of nodes) {
  await cache.close();
  redis.close();
}
`;

export async function runEngineAlone(folder: string, built: readonly BuiltPackage[]): Promise<string> {
  const engine = built.find(({ name }) => name === 'cache');
  await install(folder, [engine?.tarball ?? '']);
  for (const absent of ['@nestjs', 'fastify', 'pg', 'typeorm'])
    assert.equal(existsSync(join(folder, 'node_modules', absent)), false, absent);
  await writeFile(join(folder, 'program.js'), PROGRAM);
  const redis = await startRedisServer();
  try {
    const output = await succeed(process.execPath, ['program.js'], folder, {
      PATH: process.env.PATH,
      REDIS_URL: redis.url,
    });
    assert.match(output, /^\{"loads":\d+,"value":\{"title":"One","loads":\d+\}\}$/m);
    return output.trim();
  } finally {
    await redis.stop();
  }
}
