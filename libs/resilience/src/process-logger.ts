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
