import type { FastifyReply } from 'fastify';
import type { HeaderList } from './answer-headers.js';

export function setHeaders(reply: FastifyReply, headers: HeaderList): void {
  for (let at = 0; at < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1]);
}
