import { Agent, request } from 'node:http';
import { type Api, startApi } from './api.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Several processes of the service over the same servers, behind a client that spreads its requests over them. */
export interface Fleet {
  readonly apis: readonly Api[];
  /** Requests, all at the same time; the n-th goes to the n-th process, and round again. */
  getAll(paths: readonly string[]): Promise<Answer[]>;
  stop(): Promise<void>;
}

export async function startFleet(size: number, settings: Record<string, string>): Promise<Fleet> {
  const starts = await Promise.allSettled(Array.from({ length: size }, () => startApi(settings)));
  const apis = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    // The test would never end while one of them runs.
    await Promise.all(apis.map((api) => api.stop()));
    throw failed.reason;
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 250 });
  const get = (url: string) =>
    new Promise<Answer>((resolve, reject) => {
      request(url, { agent }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      })
        .on('error', reject)
        .end();
    });
  return {
    apis,
    getAll: (paths) => Promise.all(paths.map((path, n) => get(`${apis[n % size]?.url}${path}`))),
    stop: async () => {
      agent.destroy();
      await Promise.all(apis.map((api) => api.stop()));
    },
  };
}
