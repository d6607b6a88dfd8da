import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { JSON_TYPE, PRODUCTS, port, productBody } from './products.ts';

/** What a warm hit is measured against: Fastify, and one GET that ioredis pipelines with its neighbours. */
const redis = new Redis(process.env.REDIS_URL ?? '', { enableAutoPipelining: true });
await redis.mset(
  new Map(Array.from({ length: PRODUCTS }, (_, n) => [`control:prod-${n}`, productBody(n)] as const)),
);
const app = Fastify();
app.get<{ Params: { id: string } }>('/products/:id', async (request, reply) => {
  const body = await redis.getBuffer(`control:${request.params.id}`);
  if (body === null) return reply.code(404).send();
  return reply.type(JSON_TYPE).send(body);
});
await app.listen({ port, host: '127.0.0.1' });
