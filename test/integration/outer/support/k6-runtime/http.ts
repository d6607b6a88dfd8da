import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { ran } from './ran.ts';

interface Params {
  readonly headers?: Record<string, string>;
  readonly tags?: Record<string, string>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly error: string;
}

// k6's requests block; so a thread sends them, and this one waits for its flag.
const flag = new Int32Array(new SharedArrayBuffer(4));
const { port1, port2 } = new MessageChannel();
const sender = new Worker(new URL('./http-sender.ts', import.meta.url), {
  workerData: { flag, port: port2 },
  transferList: [port2],
});
sender.unref();

function request(method: string, url: string, body: string | null = null, params: Params = {}) {
  Atomics.store(flag, 0, 0);
  sender.postMessage({ method, url, body, headers: params.headers ?? {} });
  if (Atomics.wait(flag, 0, 0, 20_000) === 'timed-out') throw new Error(`${method} ${url}: no answer`);
  const answer = receiveMessageOnPort(port1)?.message as Answer;
  ran.requests.push({ method, url, tags: params.tags ?? {} });
  const timings = { duration: 1, blocked: 0, connecting: 0, tls_handshaking: 0 };
  return { ...answer, timings };
}

export default {
  request,
  batch: (requests: readonly { method: string; url: string; params?: Params }[]) =>
    requests.map(({ method, url, params }) => request(method, url, null, params)),
  expectedStatuses: (...statuses: unknown[]) => statuses,
};
