import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty, WriteStream } from 'node:tty';
import { type DestinationStream, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import type { LogConfig } from '#libs/config';
import { LogEvents } from './events.js';
import { ReadableLines } from './readable-lines.js';

/** Names for people and for programs alike: a level as its word, the time as ISO 8601. */
export const LINE_FORMAT: LoggerOptions = {
  formatters: { level: (label) => ({ level: label }) },
  timestamp: stdTimeFunctions.isoTime,
};

const STREAM_NAMES = { 1: 'stdout', 2: 'stderr' } as const;

/**
 * Standard output or error as a descriptor on which a write never waits: a pipe whose reader has stalled, or a terminal
 * that was stopped with Ctrl-S, refuses it with EAGAIN.
 *
 * Pipes and terminals are opened once more. To set O_NONBLOCK on the inherited descriptor would set it for every process
 * that shares it, and any of them may reset it when it ends. Files need nothing: they have no reader to wait for.
 */
function nonBlocking(fd: keyof typeof STREAM_NAMES): number {
  const stat = fstatSync(fd);
  if (!stat.isFIFO() && !stat.isSocket() && !isatty(fd)) return fd;
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // A socket, a pipe of another user, no /proc: Node sets the inherited one when it makes a stream of it.
    void process[STREAM_NAMES[fd]];
    return fd;
  }
}

const ignored = () => undefined;

/**
 * Lets the process live on when standard error cannot be written to. Node's warnings go there: an unheard error of that
 * stream ends the process, and a stalled pipe blocks it until Node has made a stream of it.
 */
function tolerateBrokenStderr(): void {
  process.stderr.off('error', ignored).on('error', ignored);
}

/** Lines are written together once there are this many bytes of them. */
const BATCH_BYTES = 2_048;
/** What a pipe takes in one piece on Linux (PIPE_BUF): lines of several processes on one pipe never run into each other. */
const MOST_BYTES = 4_096;
/** No line waits longer than this for company, nor a blocked output for the next attempt. */
const LATEST_MS = 100;
/** What may wait for an output that takes nothing. Later lines are dropped. */
const MOST_WAITING_BYTES = 512 * 1_024;
/** How long a process that ends tries to write its last lines. */
const LAST_LINES_MS = 1_000;
const LAST_LINES_RETRY_MS = 5;

const STDOUT = 1;
const STDERR = 2;

interface Batch {
  bytes: number;
  text: string;
}

/**
 * Where lines go: in batches, and what is left when the process ends, whatever made it end, short of a kill.
 *
 * Logging never stops the service. No write waits: while the reader of a pipe has stalled, or a disk is full, lines are
 * kept up to a bound, and dropped and counted beyond it. The writes are still made on this thread: one that hangs
 * on another thread cannot be given up, and the process would wait for that thread when it ends.
 */
class LogStream implements DestinationStream {
  /** pino recognises a stream by this member. */
  readonly writable = true;
  private readonly batches: Batch[] = [];
  /** What is left of the first batch, if a part of it was written. */
  private rest: Buffer | undefined;
  private waitingBytes = 0;
  private dropped = 0;
  /** Why the last write failed, until one succeeds. */
  private blockedBy: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param fd a descriptor on which writes do not wait
   * @param events notified of dropped lines
   */
  constructor(
    private readonly fd: number,
    private readonly events: LogEvents,
  ) {
    process.once('exit', () => this.end());
  }

  /** @param line ends with a line feed */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.waitingBytes + bytes > MOST_WAITING_BYTES) {
      this.dropped += 1;
      this.events.emit('dropped', 1);
      return;
    }
    this.take(line, bytes);
    // Another attempt for each line would cost more than the line; the timer makes them.
    if (this.waitingBytes >= BATCH_BYTES && this.blockedBy === undefined) this.flush();
    else this.flushSoon();
  }

  private flushSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush();
      if (this.waitingBytes > 0) this.flushSoon();
    }, LATEST_MS).unref();
  }

  private take(text: string, bytes: number): void {
    const last = this.batches.at(-1);
    this.waitingBytes += bytes;
    if (last === undefined || this.isBegun(last) || last.bytes + bytes > MOST_BYTES)
      this.batches.push({ bytes, text });
    else {
      last.bytes += bytes;
      last.text += text;
    }
  }

  private isBegun(batch: Batch): boolean {
    return this.rest !== undefined && batch === this.batches[0];
  }

  /** Writes what the output takes now. */
  private flush(): void {
    this.writeWaiting();
    if (this.dropped === 0 || this.blockedBy !== undefined) return;
    const { dropped } = this;
    this.dropped = 0;
    pino(LINE_FORMAT, this).warn({ dropped }, 'log lines dropped: the log output was blocked');
    this.writeWaiting();
  }

  private writeWaiting(): void {
    for (let batch = this.batches[0]; batch !== undefined; batch = this.batches[0]) {
      this.rest ??= Buffer.from(batch.text);
      try {
        const written = writeSync(this.fd, this.rest);
        this.waitingBytes -= written;
        this.rest = written < this.rest.length ? this.rest.subarray(written) : undefined;
      } catch (error) {
        this.blockedBy = codeOf(error);
        return;
      }
      if (this.rest === undefined) this.batches.shift();
    }
    this.blockedBy = undefined;
  }

  /** Writes the last lines. A reader that is merely slow gets some time; what is left then is lost, and says so. */
  private end(): void {
    const untilMs = performance.now() + LAST_LINES_MS;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    this.writeWaiting();
    while (this.blockedBy === 'EAGAIN' && performance.now() < untilMs) {
      Atomics.wait(pause, 0, 0, LAST_LINES_RETRY_MS);
      this.writeWaiting();
    }
    const last = this.batches.at(-1);
    if (last !== undefined)
      complain(`The log could not be written (${this.blockedBy}). Its end:\n${last.text}`);
  }
}

/**
 * The log of this process, on standard output; standard error is not to stop it either. A person at a terminal gets readable
 * lines.
 */
export function logStream(
  { readable }: Pick<LogConfig, 'readable'> = { readable: false },
  events = new LogEvents(),
): DestinationStream {
  tolerateBrokenStderr();
  const isReadable = readable && isatty(STDOUT);
  const stream = new LogStream(nonBlocking(STDOUT), events);
  return isReadable ? new ReadableLines(stream, WriteStream.prototype.getColorDepth() > 1) : stream;
}

function complain(text: string): void {
  try {
    writeSync(nonBlocking(STDERR), text);
  } catch {
    // There is no other place.
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
