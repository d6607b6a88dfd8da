import { type Api, startApi } from '../../support/api.ts';
import { until } from '../../support/until.ts';
import { processTree } from '../start/process-tree.ts';

/** The service as a parent with workers. */
export interface Service extends Api {
  /** The pids of the workers that live and have begun to serve. */
  workers(): number[];
  /** Waits for a spare worker to be prepared. @returns its pid */
  spare(): Promise<number>;
  /** Waits until so many workers have begun to serve since the start, dead ones included. */
  served(count: number): Promise<void>;
}

/** Starts it, and waits until all of its workers serve. */
export async function startWorkers(count: number, settings: Record<string, string>): Promise<Service> {
  const api = await startApi({ WORKERS: String(count), ...settings });
  const served = (total: number) =>
    until(
      `${total} workers have begun to serve`,
      () => linesOf(api, 'worker serving').length >= total,
      20_000,
    );
  await served(count).catch(async (error: unknown) => {
    await api.stop('SIGKILL');
    throw error;
  });
  return {
    ...api,
    served,
    workers: () => living(api, 'worker serving'),
    spare: async () => {
      const spares = () => {
        const taken = living(api, 'worker serving');
        return living(api, 'spare worker ready').filter((pid) => !taken.includes(pid));
      };
      await until('spare worker ready', () => spares().length === 1);
      return spares()[0] ?? 0;
    },
  };
}

/** The pids of live processes that the parent has logged with this text. */
function living(api: Api, message: string): number[] {
  const named = new Set(linesOf(api, message).map((line) => line['worker']));
  return processTree(api.pid).flatMap(({ pid }) => (named.has(pid) ? [pid] : []));
}

/** Lines of the log that say this. */
export function linesOf(api: Api, message: string): Record<string, unknown>[] {
  const lines = api.lines().filter((line) => line.startsWith('{') && line.includes(message));
  return lines.map((line) => JSON.parse(line));
}
