import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Connection, type Outcome } from '../../bench/load/connection.ts';
import { rawRequest } from '../raw-http.ts';
import type { Flood } from './ask-all.ts';

/** `Retry-After` asks for a second; a client that is in a hurry does not wait that long. */
const REFUSED_FOR_MS = 200;

/** The thread of `askAll`: posts how often each status was answered, or fails. */
const { port, paths, connections }: Flood = workerData;
const counts = new Map<number, number>();
let next = 0;
await Promise.all(Array.from({ length: connections }, askOn));
parentPort?.postMessage(counts);

async function askOn(): Promise<void> {
  const connection = new Connection(port);
  try {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
      const status = statusOf(await send(connection, path));
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (status === 503) await pause(REFUSED_FOR_MS);
    }
  } finally {
    connection.close();
  }
}

function send(connection: Connection, path: string): Promise<Outcome> {
  return new Promise((resolve) => {
    connection.send(rawRequest(`GET ${path} HTTP/1.1`), performance.now(), resolve);
  });
}

function statusOf(outcome: Outcome): number {
  if (outcome.kind === 'failed') throw new Error(`a request was not answered: ${outcome.reason}`);
  const { status, head } = outcome.answer;
  if (status === 503 && !/\r\nretry-after: /i.test(head)) throw new Error(`no Retry-After: ${head}`);
  return status;
}
