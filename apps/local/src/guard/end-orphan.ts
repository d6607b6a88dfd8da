import { setTimeout as sleep } from 'node:timers/promises';
import { killGroup, signalProcess } from './kill.js';
import { isAlive, readProcess } from './process-table.js';
import type { ServiceSpec } from './protocol.js';

const POLL_MS = 25;

/**
 * Ends a service that is no child of this process: its stop signal, then SIGKILL for its whole group. Resolves when
 * it is gone.
 */
export async function endOrphan(
  pid: number,
  { stopSignal, stopTimeoutMs }: Pick<ServiceSpec, 'stopSignal' | 'stopTimeoutMs'>,
): Promise<void> {
  const orphan = readProcess(pid);
  if (orphan === undefined) return;
  signalProcess(pid, stopSignal);
  const killAt = performance.now() + stopTimeoutMs;
  while (isAlive(orphan)) {
    if (performance.now() >= killAt) {
      signalProcess(pid, 'SIGKILL');
      killGroup(pid);
    }
    await sleep(POLL_MS);
  }
}
