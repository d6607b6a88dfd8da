import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheModule } from '#libs/cache/nest';
import { CoherenceModule } from '#libs/coherence';
import { readConfig } from '#libs/config';
import { ConfigModule } from '#libs/config/nest';
import { DbModule, type RecordedTable, recordedTable } from '#libs/db';
import { freePort } from '#src/apps/local/src/services';

class Root {}

/** An application that caches, of a Postgres that is away: a start does not need it. */
async function start(more: DynamicModule['imports'] = []): Promise<void> {
  const config = readConfig({
    DATABASE_URL: `postgres://x@127.0.0.1:${await freePort()}/x`,
    LOG_LEVEL: 'silent',
  });
  const module: DynamicModule = {
    module: Root,
    imports: [ConfigModule.forRoot(config), CacheModule.forRoot(['product:', 'category:']), ...more],
  };
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  await app.close();
}

const products = recordedTable('products');

const coherence = (tables: Record<string, readonly RecordedTable[]>) =>
  CoherenceModule.forRoot({
    groupsOf: { of: () => [] },
    originVersions: class {
      of() {
        return Promise.resolve(new Map());
      }
    },
    tables,
    imports: [DbModule],
  });

describe('an application that caches', () => {
  it('does not start without what keeps its caches coherent', async () => {
    await assert.rejects(start(), {
      name: 'WiringError',
      code: 'COHERENCE_MISSING',
      message: /CoherenceModule/,
    });
  });

  it('does not start if no tables are named for keys that it tracks', async () => {
    await assert.rejects(start([coherence({ 'product:': [products] })]), {
      code: 'TABLES_UNKNOWN',
      message: /category:/,
    });
  });

  it('starts with both', async () => {
    await start([
      coherence({ 'product:': [products], 'category:': [recordedTable('categories'), products] }),
    ]);
  });
});
