import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** How often each status was answered. */
export type Statuses = ReadonlyMap<number, number>;

export interface Flood {
  readonly port: number;
  readonly paths: readonly string[];
  readonly connections: number;
}

/**
 * Asks for every path once, over so many connections at a time; each goes on with the next path as soon as it is answered,
 * and a little later where it was refused.
 * Over raw sockets and in a thread of its own: otherwise other clients of this process would wait for the flood's client.
 *
 * @throws Error where a request is not answered at all, or refused without a `Retry-After`
 */
export async function askAll(url: string, paths: readonly string[], connections: number): Promise<Statuses> {
  const workerData: Flood = { port: Number(new URL(url).port), paths, connections };
  const thread = new Worker(join(import.meta.dirname, 'asking-thread.ts'), { workerData });
  try {
    const [counts] = await once(thread, 'message');
    return counts;
  } finally {
    await thread.terminate();
  }
}
