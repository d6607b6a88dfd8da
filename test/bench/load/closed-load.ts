import type { Connection } from './connection.ts';
import type { Recorder } from './recorder.ts';

export interface ClosedLoad {
  readonly connections: readonly Connection[];
  readonly nextRequest: () => string;
  readonly recorder: Recorder;
  /** When connections stop sending, by performance.now(). */
  readonly endMs: number;
  /** Requests in all, at most. */
  readonly limit: number;
}

/** Every connection sends its next request when it has its answer, until the time or the requests are used up. */
export async function runClosedLoad(load: ClosedLoad): Promise<void> {
  let sent = 0;
  const drive = (connection: Connection) =>
    new Promise<void>((resolve) => {
      const next = () => {
        const dueMs = performance.now();
        if (dueMs >= load.endMs || sent++ >= load.limit) return resolve();
        connection.send(load.nextRequest(), dueMs, (outcome) => {
          load.recorder.take(outcome, dueMs, performance.now());
          // A server that is away refuses at once; asked again at once, it would fill the account with refusals.
          if (outcome.kind === 'failed') setTimeout(next, 1);
          else next();
        });
      };
      next();
    });
  await Promise.all(load.connections.map(drive));
}
