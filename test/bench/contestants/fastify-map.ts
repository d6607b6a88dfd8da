import Fastify from 'fastify';
import { JSON_TYPE, port, productBodies } from './products.ts';

/** What a hot hit is measured against: Fastify's router and reply, and the bytes from a Map. */
const bodies = productBodies();
const app = Fastify();
app.get<{ Params: { id: string } }>('/products/:id', (request, reply) => {
  const body = bodies.get(request.params.id);
  if (body === undefined) return reply.code(404).send();
  return reply.type(JSON_TYPE).send(body);
});
await app.listen({ port, host: '127.0.0.1' });
