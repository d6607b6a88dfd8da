import { timingSafeEqual } from 'node:crypto';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import { BENCH_KEY } from './api-key.ts';
import { JSON_TYPE, port } from './products.ts';

/*
 * Cache-aside as a careful engineer writes it by hand: one pool, prepared statements, one Redis connection that pipelines by
 * itself, a change in one statement and a DEL after it. No L1, no leases, no outbox: two readers of a missing key
 * both load it, a fill may overwrite a newer state, and what psql changes stays stale until it expires.
 *
 * Its table has no triggers. It is made of the catalogue's, once.
 */
const POOL_SIZE = 10;
const FRESH_SECONDS = 300;
const LOCK = 7_310_469;

const MAKE_TABLE = `
  DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(${LOCK});
    IF to_regclass('aside_products') IS NULL THEN
      CREATE TABLE aside_products AS SELECT id, name, price, stock, category_id, last_updated FROM products;
      ALTER TABLE aside_products ADD PRIMARY KEY (id), ADD CHECK (stock >= 0);
      ANALYZE aside_products;
    END IF;
  END $$`;

const COLUMNS = 'id, name, price, stock, extract(epoch FROM last_updated) AS last_updated, category_id';
const SELECT = { name: 'select', text: `SELECT ${COLUMNS} FROM aside_products WHERE id = $1` };
const CHANGE = {
  name: 'change',
  text: `
    UPDATE aside_products SET stock = stock + $2, last_updated = clock_timestamp()
    WHERE id = $1 AND stock + $2 >= 0 RETURNING ${COLUMNS}`,
};

interface Row {
  readonly id: string;
  readonly name: string;
  readonly price: string;
  readonly stock: number;
  readonly last_updated: string;
  readonly category_id: string | null;
}

const bodyOf = ({ id, name, price, stock, last_updated, category_id }: Row) =>
  JSON.stringify({
    id,
    name,
    price: Number(price),
    stock,
    last_updated: Number(last_updated),
    category: category_id,
  });

const redis = new Redis(process.env.REDIS_URL ?? '', { enableAutoPipelining: true });
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: POOL_SIZE });
await pool.query(MAKE_TABLE);

const expected = Buffer.from(`Bearer ${BENCH_KEY}`);
const mayWrite = (header: string | undefined) => {
  const given = Buffer.from(header ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
};

const app = Fastify();

app.get<{ Params: { id: string } }>('/products/:id', async ({ params: { id } }, reply) => {
  const key = `aside:${id}`;
  const cached = await redis.getBuffer(key);
  if (cached !== null) return reply.type(JSON_TYPE).send(cached);
  const { rows } = await pool.query<Row>({ ...SELECT, values: [id] });
  const [row] = rows;
  if (row === undefined) return reply.code(404).send();
  const body = bodyOf(row);
  // The answer does not wait for it: a fill that fails costs the next reader a load.
  redis.set(key, body, 'EX', FRESH_SECONDS).catch(() => undefined);
  return reply.type(JSON_TYPE).send(body);
});

const body = {
  type: 'object',
  required: ['delta'],
  additionalProperties: false,
  properties: { delta: { type: 'integer' } },
};

app.post<{ Params: { id: string }; Body: { delta: number } }>(
  '/products/:id/stock',
  { schema: { body } },
  async ({ params: { id }, body: { delta }, headers }, reply) => {
    if (!mayWrite(headers.authorization)) return reply.code(401).send();
    const { rows } = await pool.query<Row>({ ...CHANGE, values: [id, delta] });
    const [row] = rows;
    if (row === undefined) return reply.code(409).send();
    await redis.del(`aside:${id}`);
    return reply.type(JSON_TYPE).send(bodyOf(row));
  },
);

await app.listen({ port, host: '127.0.0.1' });
