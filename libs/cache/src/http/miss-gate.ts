import type { FastifyRequest } from 'fastify';

/** Asked before a request makes the cache look beyond this process's memory. What memory answers is never asked about. */
export abstract class MissGate {
  /** @throws whatever ends a request that asks too much */
  abstract admit(request: FastifyRequest): Promise<void>;
}

/** Lets everyone in. */
export class OpenMissGate extends MissGate {
  async admit(): Promise<void> {}
}
