import { connect } from 'node:net';
import { LAST_REQUEST } from '../support/raw-http.ts';
import type { FuzzCase } from './fuzz-case.ts';

/** An answer, or the end of the connection, has to come within this time after everything was sent. */
export const HANG_MS = 5_000;
/** An aborted connection is left after so many turns of the event loop. */
const ABORT_AFTER_TURNS = 3;

export type Conversation =
  | { readonly kind: 'ended'; readonly received: string; readonly ms: number }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'hung'; readonly received: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Sends a case over a connection of its own and takes what comes until the service closes it. */
export function converse(port: number, { bytes, cuts, ending }: FuzzCase): Promise<Conversation> {
  const { promise, resolve } = Promise.withResolvers<Conversation>();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setNoDelay();
  const chunks: Buffer[] = [];
  const received = () => Buffer.concat(chunks).toString('latin1');
  const startedAtMs = performance.now();
  let isConnected = false;
  let deadline: NodeJS.Timeout | undefined;
  const settle = (outcome: Conversation) => {
    clearTimeout(deadline);
    socket.destroy();
    resolve(outcome);
  };
  const ended = () => settle({ kind: 'ended', received: received(), ms: performance.now() - startedAtMs });
  socket.on('data', (chunk) => {
    if (ending !== 'aborted') chunks.push(chunk);
  });
  socket.on('end', ended);
  socket.on('close', ended);
  // A reset ends it as well as a close does; what came before is compared.
  socket.on('error', (error) => (isConnected ? ended() : settle({ kind: 'refused', reason: error.message })));
  socket.on('connect', async () => {
    isConnected = true;
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      if (socket.destroyed) return;
      if (cut > from) socket.write(bytes.subarray(from, cut));
      from = cut;
      if (cuts.length > 0) await turn();
    }
    if (ending === 'last request') socket.write(LAST_REQUEST);
    if (ending === 'half-closed') socket.end();
    if (ending !== 'aborted') {
      deadline = setTimeout(() => settle({ kind: 'hung', received: received() }), HANG_MS);
      return;
    }
    for (let n = 0; n < ABORT_AFTER_TURNS; n += 1) await turn();
    socket.resetAndDestroy();
    settle({ kind: 'aborted' });
  });
  return promise;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
