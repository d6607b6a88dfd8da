import { createServer } from 'node:http';
import { JSON_TYPE, port, productBodies } from './products.ts';

/** The floor: nothing but Node between the socket and a Map. */
const bodies = productBodies();
createServer((request, response) => {
  const body = bodies.get((request.url ?? '').slice('/products/'.length));
  if (body === undefined) return response.writeHead(404, { 'content-length': 0 }).end();
  return response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': body.length }).end(body);
}).listen(port, '127.0.0.1');
