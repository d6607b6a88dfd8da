import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { asyncProperty, assert as check, constantFrom, integer, nat, oneof, uint8Array } from 'fast-check';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { namespace, redisKeys } from '../support/redis-keys.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { usesRedis } from '../support/uses-redis.ts';

const HEADER_BYTES = 37;
const PRODUCTS = 40;

/** Bytes in the place of one field of an entry, by where they go. */
const fields = oneof(
  // Magic, format and state.
  integer({ min: 0, max: 3 }).chain((at) =>
    uint8Array({ minLength: 1, maxLength: 1 }).map((bytes) => ({ at, bytes })),
  ),
  // The three lengths of time: infinite, not a number, negative, huge.
  constantFrom(12, 20, 28).chain((at) =>
    constantFrom('7ff0000000000000', '7ff8000000000000', 'bff0000000000000', '7fefffffffffffff').map(
      (hex) => ({
        at,
        bytes: Buffer.from(hex, 'hex'),
      }),
    ),
  ),
  // The tag's length, and its text.
  nat(255).map((length) => ({ at: 36, bytes: Uint8Array.of(length) })),
  constantFrom('\r\nX-Split: 1', '"\r\n\r\nHTTP/1.1 200 OK\r\n', '\0', '\u00ff"', '"', ' ').chain((text) =>
    nat(20).map((at) => ({ at: HEADER_BYTES + at, bytes: Buffer.from(text, 'latin1') })),
  ),
);

for (const fastPath of ['on', 'off'])
  describe(`bytes in Redis that are no entry, HTTP_FAST_PATH=${fastPath}`, () => {
    let catalogue: Catalogue;
    let redis: RedisServer;
    let api: Api;

    before(async () => {
      [catalogue, redis] = await Promise.all([createCatalogue(PRODUCTS), startRedisServer()]);
      api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url, HTTP_FAST_PATH: fastPath });
      await until('Redis is used', () => usesRedis(api));
    });
    after(async () => {
      await api.stop();
      await Promise.all([catalogue.drop(), redis.stop()]);
    });

    const keyOf = (id: string) => redisKeys.entry(`product:${id}`);
    /** Whatever is done to a key: L1 hears of it, so that the next read asks Redis. */
    const announce = (key: string) =>
      redis.client.set(`${namespace}change:${key.slice(namespace.length)}`, '', 'PX', 1);

    /** Reads until the service has its answer from the poisoned key or from behind it, and judges each. */
    async function assertRight(id: string): Promise<void> {
      const response = await api.get(`/products/${id}`);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-split'), null);
      assert.equal(((await response.json()) as { id: string }).id, id);
    }

    async function entryOf(id: string): Promise<Buffer> {
      await until('the product is in Redis', async () => {
        await assertRight(id);
        return (await redis.client.exists(keyOf(id))) === 1;
      });
      const bytes = await redis.client.getBuffer(keyOf(id));
      assert.ok(bytes !== null);
      return bytes;
    }

    let next = 0;
    const someId = () => `prod-${next++ % PRODUCTS}`;

    it('that split an answer are a miss, and are written over', async () => {
      const id = someId();
      const entry = await entryOf(id);
      const tag = Buffer.from('"\r\nX-Split: 1\r\n\r\n"', 'latin1');
      const head = Buffer.from(entry.subarray(0, HEADER_BYTES));
      head.writeUInt8(tag.length, 36);
      const poisoned = Buffer.concat([head, tag, Buffer.from('{}')]);
      await redis.client.set(keyOf(id), poisoned, 'PX', 300_000);
      await announce(keyOf(id));
      await assertRight(id);
      const tagOf = (bytes: Buffer | null) => bytes?.toString('latin1', HEADER_BYTES, HEADER_BYTES + 24);
      await until('a sound entry is in its place', async () => {
        await assertRight(id);
        return tagOf(await redis.client.getBuffer(keyOf(id))) === tagOf(entry);
      });
    });

    it('in the place of any field never reach a client', async () => {
      await check(
        asyncProperty(fields, async ({ at, bytes }) => {
          const id = someId();
          const poisoned = Buffer.from(await entryOf(id));
          poisoned.set(bytes.subarray(0, poisoned.length - at), at);
          await redis.client.set(keyOf(id), poisoned, 'PX', 300_000);
          await announce(keyOf(id));
          await assertRight(id);
          await redis.client.del(keyOf(id));
          await announce(keyOf(id));
        }),
        { numRuns: 150 },
      );
    });

    it('of any kind at all are a miss', async () => {
      await check(
        asyncProperty(uint8Array({ maxLength: 400 }), async (bytes) => {
          const id = someId();
          await redis.client.set(keyOf(id), Buffer.from(bytes), 'PX', 300_000);
          await announce(keyOf(id));
          await assertRight(id);
        }),
        { numRuns: 100 },
      );
    });

    it('of another type, under the entry, its lease or the list of hot keys, are a miss', async () => {
      for (const key of ['{product:prod-1}', 'lease:{product:prod-1}', 'warm:keys']) {
        await redis.client.del(namespace + key);
        await redis.client.lpush(namespace + key, 'x');
        await announce(redisKeys.entry('product:prod-1'));
        await assertRight('prod-1');
      }
    });

    it('in the place of a page of ids, or of its generation, never fail the list', async () => {
      const list = async () => {
        const response = await api.get('/products?category=cat-test&limit=3');
        assert.equal(response.status, 200);
        return ((await response.json()) as { items: { id: string }[] }).items.map(({ id }) => id);
      };
      const right = await list();
      assert.equal(right.length, 3);
      const keys = (pattern: string) => redis.client.keys(`${namespace}{*${pattern}*`);
      await until('the page is in Redis', async () => {
        await list();
        return (await keys(':page:')).length > 0;
      });
      for (const body of ['{"ids":7}', 'null', '[]', '{"ids":["a"]}', 'x']) {
        for (const key of await keys(':page:')) {
          const entry = await redis.client.getBuffer(key);
          if (entry === null) continue;
          const end = HEADER_BYTES + entry.readUInt8(36);
          await redis.client.set(
            key,
            Buffer.concat([entry.subarray(0, end), Buffer.from(body)]),
            'PX',
            300_000,
          );
          await announce(key);
        }
        assert.deepEqual(await list(), right, body);
      }
      for (const value of ['', '\r\n', 'inf', '0x10', '}', 'x'.repeat(100_000)]) {
        for (const key of await keys(':generation')) {
          await redis.client.set(key, value);
          await announce(key);
        }
        assert.deepEqual(await list(), right, value.slice(0, 10));
      }
    });

    it('leave the process as it was: none is lost, and nothing is written to its error output', () => {
      assert.doesNotThrow(() => process.kill(api.pid, 0));
      assert.deepEqual(api.errorLines(), []);
    });
  });
