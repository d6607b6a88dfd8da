import pino, { type DestinationStream } from 'pino';

/** Lines are written together once there are this many bytes of them. */
const BATCH_BYTES = 2_048;
/** What a pipe takes in one piece on Linux (PIPE_BUF): lines of several processes on one pipe never run into each other. */
const MOST_BYTES = 4_096;
/** No line waits longer than this for company. */
const LATEST_MS = 100;

/**
 * Where lines go: in batches, so that the loop that answers requests never waits for whoever reads them. pino empties
 * the batch when the process exits, whatever made it exit, short of a kill.
 */
export function logStream(): DestinationStream {
  return pino.destination({
    dest: 1,
    sync: false,
    minLength: BATCH_BYTES,
    maxWrite: MOST_BYTES,
    periodicFlush: LATEST_MS,
  });
}
