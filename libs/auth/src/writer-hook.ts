import type { FastifyInstance } from 'fastify';
import type { Writer } from './writer.js';
import type { WriterGate } from './writer-gate.js';

/**
 * Asks at the gate before the body is read: a stranger's body is not worth parsing, and what is wrong with it is none
 * of a stranger's business.
 *
 * @param onAdmitted told who writes, within the request
 */
export function addWriterHook(
  fastify: FastifyInstance,
  gate: WriterGate,
  onAdmitted: (writer: Writer) => void,
): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.writeAccess !== true) return done();
    try {
      onAdmitted(gate.admit(request));
    } catch (error) {
      return done(error as Error);
    }
    done();
  });
}
