import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { Cluster, Redis } from 'ioredis';
import pg from 'pg';
import { DataSource, EntitySchema, type Repository } from 'typeorm';
import { readConfig } from '#libs/config';
import { runMigrations } from '#libs/db';
import { Cached, type EntityStore, entity } from '#libs/entities';
import { HotshelfModule, type HotshelfOptions } from '#libs/service';
import type { Catalogue } from '../../support/catalogue.ts';
import { controllerOf, createBooks, startEntityApp } from '../../support/entity-app.ts';
import { startPgBouncer } from '../../support/pgbouncer.ts';
import { startRedisCluster } from '../../support/redis-cluster.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

interface Book {
  readonly id: number;
  readonly author: string;
}

const books = entity<Book>()({ name: 'book', table: 'books', key: 'id', groups: ['author'] });
type Store = EntityStore<Book, 'author'>;
const row = controllerOf<Store>('books/:id', Cached(books), books, (store, { params }) =>
  store.load(params['id'] ?? ''),
);

let database: Catalogue;
let redis: RedisServer;

before(async () => {
  [database, redis] = await Promise.all([createBooks(), startRedisServer()]);
});
after(async () => {
  await redis.stop();
  await database.drop();
});

/** Starts a service, has it read, write, and notice a change of another program, and ends it. */
async function worksWith(options: HotshelfOptions): Promise<void> {
  const app = await startEntityApp({ entities: [books], controllers: [row], options });
  try {
    const store = app.provider<Store>(books.token);
    for (const author of ['bob', 'eve']) {
      await store.write('1', (sql) => sql('UPDATE books SET author = $1 WHERE id = 1', [author]));
      assert.deepEqual((await app.get('/books/1')).body, { id: 1, author });
    }
    await until('L1 answers', async () => {
      const { headers } = await app.get('/books/2');
      return headers.get('cache-status')?.includes('detail=l1') === true;
    });
    await database.sql(`UPDATE books SET author = author || '.' WHERE id = 2`);
    const [changed] = await database.sql<Book>('SELECT author FROM books WHERE id = 2');
    await until('the change is served', async () => {
      const { body } = await app.get('/books/2');
      return (body as Book).author === changed?.author;
    });
    await until('all is well', async () => {
      const { body } = await app.get('/health');
      return (body as { status: string }).status === 'ok';
    });
  } finally {
    await app.close();
  }
}

describe('a service on connections that the application has opened', () => {
  it('loads and writes through its pool of pg, and leaves it open', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 3 });
    await worksWith({ postgres: pool, redis: redis.url });
    assert.ok(pool.totalCount > 0 && !pool.ended);
    assert.equal((await pool.query('SELECT 1 AS one')).rows[0].one, 1);
    await pool.end();
  });

  it('finds the address of its own connections in the options of the pool', async () => {
    const { hostname, port, username, password, pathname } = new URL(database.url);
    const parts = { host: hostname, port: Number(port), user: username, database: pathname.slice(1) };
    const pool = new pg.Pool({ ...parts, password: decodeURIComponent(password) });
    await worksWith({ postgres: pool, redis: redis.url });
    await pool.end();
    const secret = new pg.Pool({ ...parts, password: () => decodeURIComponent(password) });
    await assert.rejects(worksWith({ postgres: secret, redis: redis.url }), /set DATABASE_DIRECT_URL/);
    await worksWith({
      postgres: secret,
      redis: redis.url,
      settings: { DATABASE_DIRECT_URL: database.url },
    });
    await secret.end();
  });

  it('takes an initialized data source of TypeORM, and leaves it so', async () => {
    const dataSource = new DataSource({ type: 'postgres', url: database.url });
    await assert.rejects(
      worksWith({ postgres: dataSource, redis: redis.url }),
      /initialized before it is given/,
    );
    await dataSource.initialize();
    await worksWith({ postgres: dataSource, redis: redis.url });
    assert.ok(dataSource.isInitialized);
    assert.deepEqual(await dataSource.query('SELECT 1 AS one'), [{ one: 1 }]);
    await dataSource.destroy();
  });

  it('has repositories of TypeORM over its pool, beside a data source of the application', async () => {
    const schema = new EntitySchema<Book>({
      name: 'Book',
      tableName: 'books',
      columns: { id: { type: 'integer', primary: true }, author: { type: 'text' } },
    });
    const pool = new pg.Pool({ connectionString: database.url });
    const settings = { LOG_LEVEL: 'silent' };
    class Root {}
    const root = () => ({
      module: Root,
      imports: [
        HotshelfModule.forRoot({ postgres: pool, redis: redis.url, settings }),
        TypeOrmModule.forFeature([schema], 'hotshelf'),
        TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
      ],
    });
    const app = await startEntityApp({ entities: [books], controllers: [row], root });
    let used = 0;
    pool.on('acquire', () => {
      used += 1;
    });
    const repository = app.provider<Repository<Book>>(getRepositoryToken(schema, 'hotshelf'));
    assert.deepEqual(await repository.findOneBy({ id: 3 }), { id: 3, author: 'bob' });
    assert.ok(used > 0);
    assert.notEqual(app.provider<DataSource>(DataSource), repository.manager.connection);
    await app.close();
    assert.ok(!pool.ended);
    await pool.end();
  });

  it('opens connections like its client of ioredis, whatever prefix that has, and leaves it open', async () => {
    const client = new Redis(redis.url, { keyPrefix: 'theirs:', maxRetriesPerRequest: 3 });
    await worksWith({ postgres: database.url, redis: client, namespace: 'ours:' });
    assert.equal(client.status, 'ready');
    await client.set('mine', '1');
    const keys = await redis.client.keys('*');
    assert.ok(keys.includes('theirs:mine') && keys.includes('ours:2:{book:2}'), keys.join());
    client.disconnect();
  });

  it('opens connections like its client of a Redis Cluster, and leaves it open', async () => {
    const servers = await startRedisCluster();
    const client = new Cluster([servers.masters[0]?.url ?? '']);
    try {
      await worksWith({ postgres: database.url, redis: client });
      assert.equal(client.status, 'ready');
    } finally {
      client.disconnect();
      await servers.stop();
    }
  });

  it('does not take a client of sentinels', async () => {
    const client = new Redis({ sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'm', lazyConnect: true });
    await assert.rejects(
      worksWith({ postgres: database.url, redis: client }),
      /give the address of the master/,
    );
    client.disconnect();
  });
});

describe('a service behind PgBouncer in transaction mode', () => {
  it('reads and writes through it, and follows changes by the direct address', async () => {
    const pooler = await startPgBouncer(database.url);
    try {
      const settings = { DATABASE_DIRECT_URL: database.url };
      await worksWith({ postgres: pooler.url, redis: redis.url, settings });
      const ran = await runMigrations(
        readConfig({ DATABASE_URL: pooler.url, ...settings }, ['database']).database,
      );
      assert.deepEqual(ran, []);
    } finally {
      await pooler.stop();
    }
  });

  it('works without prepared statements too, if the pooler does not follow them', async () => {
    const pooler = await startPgBouncer(database.url, ['max_prepared_statements = 0']);
    try {
      for (const DATABASE_PREPARED_STATEMENTS of ['on', 'off']) {
        const settings = { DATABASE_DIRECT_URL: database.url, DATABASE_PREPARED_STATEMENTS };
        await worksWith({ postgres: pooler.url, redis: redis.url, settings });
      }
    } finally {
      await pooler.stop();
    }
  });
});
