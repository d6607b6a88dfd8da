import { Agent, request } from 'node:http';

/** What a client saw of its requests. */
export interface LoadReport {
  readonly answered: number;
  /** Requests that were sent and got no answer, or a status of 500 and more; in words. */
  readonly failures: readonly string[];
  /** Answers that said that they are the last on their connection. */
  readonly toldToClose: number;
  /** Connections that were not taken; nothing had been sent on them. */
  readonly refused: number;
}

export interface Load {
  /** Requests that were answered so far. */
  readonly answered: number;
  readonly failures: readonly string[];
  /** Ends when the requests under way are over. */
  stop(): Promise<LoadReport>;
  /** Resolves when every client has ended by itself. */
  readonly over: Promise<void>;
}

export interface LoadOptions {
  /** Clients side by side, each with a kept connection of its own. */
  readonly clients: number;
  /** How long each waits between two requests, in milliseconds; default 0. */
  readonly pauseMs?: number;
  /** What a client does that was told that its connection ends: take a new one, or go elsewhere, as with a balancer. */
  readonly whenTold: 'reconnect' | 'leave';
  /** The path of the n-th request. */
  readonly path: (n: number) => string;
}

type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly last: boolean }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly why: string };

function get(agent: Agent, url: string): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  request(url, { agent }, (response) => {
    response.resume();
    const last = response.headers.connection === 'close';
    response.on('end', () => resolve({ kind: 'answered', status: response.statusCode ?? 0, last }));
    response.on('error', (error) =>
      resolve({ kind: 'failed', why: `the answer broke off: ${error.message}` }),
    );
  })
    .on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve({ kind: 'refused' });
      else resolve({ kind: 'failed', why: error.message });
    })
    .end();
  return promise;
}

/** Reads over kept connections, as fast as the answers come, until it is stopped or turned away. */
export function startLoad(url: string, options: LoadOptions): Load {
  const { clients, path, whenTold, pauseMs = 0 } = options;
  const failures: string[] = [];
  let [sent, answered, toldToClose, refused, stopping] = [0, 0, 0, 0, false];
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!stopping) {
      sent += 1;
      const outcome = await get(agent, url + path(sent));
      if (outcome.kind === 'refused') {
        refused += 1;
        if (whenTold === 'leave') break;
      } else if (outcome.kind === 'failed') failures.push(outcome.why);
      else if (outcome.status >= 500) failures.push(`status ${outcome.status}`);
      else answered += 1;
      if (outcome.kind === 'answered' && outcome.last) toldToClose += 1;
      if (outcome.kind === 'answered' && outcome.last && whenTold === 'leave') break;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    agent.destroy();
  };
  const over = Promise.all(Array.from({ length: clients }, client)).then(() => undefined);
  return {
    get answered() {
      return answered;
    },
    failures,
    over,
    stop: async () => {
      stopping = true;
      await over;
      return { answered, failures, toldToClose, refused };
    },
  };
}
