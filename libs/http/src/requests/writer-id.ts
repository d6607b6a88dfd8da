import type { FastifyRequest } from 'fastify';

interface MayHaveWriter {
  /** Who was let in to write. */
  readonly writer?: { readonly id: string };
}

/** Who makes a request that changes something; empty where nobody was asked for a name. */
export function writerIdOf(request: FastifyRequest & MayHaveWriter): string {
  return request.writer?.id ?? '';
}
