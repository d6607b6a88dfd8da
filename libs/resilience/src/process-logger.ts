import { AsyncResource } from 'node:async_hooks';

/** Made when the process starts, so that it belongs to no request. */
const outside = new AsyncResource('ProcessLogger');

/** A line's message may be an error, or fields that are followed by the text. */
type Write = (message: unknown, ...more: unknown[]) => void;

/** What takes the lines of one part of the process. */
export interface LogSink {
  readonly debug: Write;
  readonly log: Write;
  readonly warn: Write;
  readonly error: Write;
}

type Level = keyof LogSink;

/**
 * A logger for lines about the process, not a request. The loss of a dependency is detected in the middle of some request,
 * or in a timer that a request has set; its line must not carry that request's id.
 *
 * Without Nest its lines go to stderr, from warnings on; `ResilienceModule` sends them to the logger of Nest.
 */
export class ProcessLogger implements LogSink {
  private static sinkOf: (context: string) => LogSink = stderrSink;

  /** @param sinkOf makes the sink of each part; it is called for each line, which are few */
  static sendTo(sinkOf: (context: string) => LogSink): void {
    ProcessLogger.sinkOf = sinkOf;
  }

  constructor(private readonly context: string) {}

  debug(message: unknown, ...more: unknown[]): void {
    this.write('debug', message, more);
  }

  log(message: unknown, ...more: unknown[]): void {
    this.write('log', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.write('warn', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.write('error', message, more);
  }

  private write(level: Level, message: unknown, more: readonly unknown[]): void {
    outside.runInAsyncScope(() => ProcessLogger.sinkOf(this.context)[level](message, ...more));
  }
}

function stderrSink(context: string): LogSink {
  const write =
    (level: Level): Write =>
    (...parts) => {
      const texts = parts.map((part) =>
        part instanceof Error
          ? (part.stack ?? part.message)
          : typeof part === 'string'
            ? part
            : JSON.stringify(part),
      );
      process.stderr.write(`${level} [${context}] ${texts.join(' ')}\n`);
    };
  const drop: Write = () => undefined;
  return { debug: drop, log: drop, warn: write('warn'), error: write('error') };
}

/** How long a trouble lasts before it is logged, in milliseconds. */
const DEFAULT_PATIENCE_MS = 2_000;
const LOOK_EVERY_MS = 500;

export interface TroubleOptions {
  /** The line of its beginning. @param why as given to `begin` last */
  readonly begun: (why: string) => string;
  /** The line of its end. */
  readonly over: (seconds: string) => string;
  /** Whether it follows from a trouble that is logged elsewhere. Default: never. */
  readonly isExplained?: (why: string) => boolean;
  /** How long it lasts before it is logged, in milliseconds. Default: 2 s. */
  readonly patienceMs?: number;
}

/**
 * A state of trouble that is logged once when it has lasted for some time, and once when it is over. It is detected
 * several times per second, and would fill the log otherwise; and one that follows from an outage says nothing new.
 */
export class LastingTrouble {
  private sinceMs = Number.NaN;
  private timer: NodeJS.Timeout | undefined;
  private why = '';
  private isLogged = false;
  private closed = false;

  constructor(
    private readonly logger: ProcessLogger,
    private readonly options: TroubleOptions,
  ) {}

  /** It began, or goes on. */
  begin(why: string): void {
    this.why = why;
    if (this.timer !== undefined || this.isLogged || this.closed) return;
    this.sinceMs = performance.now();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** It is over. */
  end(): void {
    this.stopLooking();
    if (!this.isLogged) return;
    this.isLogged = false;
    this.logger.log(this.options.over(((performance.now() - this.sinceMs) / 1_000).toFixed(1)));
  }

  /** Logs nothing from now on, as the process ends: a later `begin` would leave a timer behind. */
  close(): void {
    this.closed = true;
    this.stopLooking();
  }

  private stopLooking(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private look(): void {
    const { patienceMs = DEFAULT_PATIENCE_MS, isExplained, begun } = this.options;
    if (isExplained?.(this.why)) {
      // If it outlasts its cause, it begins then.
      this.sinceMs = performance.now();
      return;
    }
    if (performance.now() - this.sinceMs < patienceMs) return;
    this.stopLooking();
    this.isLogged = true;
    this.logger.warn(begun(this.why));
  }
}
