import pino, { type DestinationStream } from 'pino';

/** Lines are written together once there are this many bytes of them. */
const BATCH_BYTES = 2_048;
/** What a pipe takes in one piece on Linux (PIPE_BUF): lines of several processes on one pipe never run into each other. */
const MOST_BYTES = 4_096;
/** No line waits longer than this for company. */
const LATEST_MS = 100;

/**
 * Where lines go: in batches, a write for some dozens of them, and what is left when the process ends, whatever made it
 * end, short of a kill.
 *
 * The write itself is synchronous. One that is under way on another thread when the process ends is overtaken by what
 * is written last, or is never carried out, and what it holds are the lines before a crash.
 */
export function logStream(): DestinationStream {
  const stream = pino.destination({
    dest: 1,
    sync: true,
    minLength: BATCH_BYTES,
    maxWrite: MOST_BYTES,
    periodicFlush: LATEST_MS,
  });
  process.once('exit', () => stream.flushSync());
  return stream;
}
