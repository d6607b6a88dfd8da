import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

const { flag, port } = workerData as { flag: Int32Array<SharedArrayBuffer>; port: MessagePort };

/** As Go spells them, and so k6: `Etag`, `X-Request-Id`. */
const canonical = (name: string) => name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());

parentPort?.on('message', async ({ method, url, body, headers }) => {
  try {
    const response = await fetch(url, { method, body, headers, redirect: 'manual' });
    const entries = [...response.headers].map(([name, value]) => [canonical(name), value]);
    const text = await response.text();
    port.postMessage({
      status: response.status,
      body: text,
      headers: Object.fromEntries(entries),
      error: '',
    });
  } catch (error) {
    port.postMessage({ status: 0, body: '', headers: {}, error: String((error as Error).cause ?? error) });
  }
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
});
