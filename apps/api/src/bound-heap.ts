import { ConfigError } from '#libs/config';
import { heapBoundArguments } from '#libs/workers';

const UNSUPPORTED =
  'WORKER_MAX_HEAP must be empty with WORKERS=1 before Node 22.15. Set NODE_OPTIONS=--max-old-space-size=<MiB> instead.';

/**
 * Sees to it that this process has the heap that is set. V8 takes the bound at a process's start and never after that, so
 * the process re-executes itself: same pid, same streams, and still process 1 if it was.
 *
 * @param maxHeapBytes null for Node's own
 * @throws ConfigError if Node cannot do that
 */
export function boundHeap(maxHeapBytes: number | null, execve = process.execve): void {
  const missing = heapBoundArguments(maxHeapBytes).filter((each) => !process.execArgv.includes(each));
  if (missing.length === 0) return;
  if (execve === undefined) throw new ConfigError([{ name: 'WORKER_MAX_HEAP', message: UNSUPPORTED }]);
  const [, ...program] = process.argv;
  execve(process.execPath, [process.execPath, ...process.execArgv, ...missing, ...program]);
}
