import { type Api, startApi } from '../../support/api.ts';
import { until } from '../../support/until.ts';
import { processTree } from '../start/process-tree.ts';

/** The service as a parent with workers. */
export interface Service extends Api {
  /** The pids of the workers that live. */
  workers(): number[];
  /** Waits until so many workers have begun to serve since the start, dead ones included. */
  served(count: number): Promise<void>;
}

/** Starts it, and waits until all of its workers serve. */
export async function startWorkers(count: number, settings: Record<string, string>): Promise<Service> {
  const api = await startApi({ WORKERS: String(count), ...settings });
  const served = (total: number) =>
    until(
      `${total} workers have begun to serve`,
      () => linesOf(api, 'a worker serves').length >= total,
      20_000,
    );
  await served(count).catch(async (error: unknown) => {
    await api.stop('SIGKILL');
    throw error;
  });
  return {
    ...api,
    served,
    workers: () => processTree(api.pid).flatMap(({ pid }) => (pid === api.pid ? [] : [pid])),
  };
}

/** Lines of the log that say this. */
export function linesOf(api: Api, message: string): Record<string, unknown>[] {
  const lines = api.lines().filter((line) => line.startsWith('{') && line.includes(message));
  return lines.map((line) => JSON.parse(line));
}
