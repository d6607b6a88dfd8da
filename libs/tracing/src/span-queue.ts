import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { LastingTrouble, ProcessLogger } from '#libs/resilience';
import type { TraceEvents } from './events.js';

/** Spans that may wait for the collector. At the most that attributes may hold, they are some 8 MiB. */
export const MAX_QUEUED = 4_096;
/** Spans that are sent together. */
const BATCH = 512;
/** The longest that a span waits while the collector answers, in milliseconds. */
const EVERY_MS = 1_000;

/** TraceFlags.SAMPLED of the API. */
const SAMPLED = 1;

/**
 * Ended spans, on their way to the collector: one export at a time, and a bounded number that wait. What is beyond the bound
 * is dropped and counted. A collector that is away is logged once, and once when it takes spans again.
 */
export class SpanQueue implements SpanProcessor {
  private queued: ReadableSpan[] = [];
  private sending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private readonly trouble = new LastingTrouble(new ProcessLogger('Tracing'), {
    begun: (why) => `spans cannot be exported: ${why}; they are dropped, and requests go on`,
    over: (seconds) => `spans are exported again after ${seconds} s`,
  });

  constructor(
    private readonly exporter: SpanExporter,
    private readonly events: TraceEvents,
  ) {}

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.closed || (span.spanContext().traceFlags & SAMPLED) === 0) return;
    if (this.queued.length >= MAX_QUEUED) {
      this.events.dropped(1, 'queue-full');
      return;
    }
    this.queued.push(span);
    if (this.queued.length >= BATCH) this.send();
    else this.timer ??= setTimeout(() => this.send(), EVERY_MS).unref();
  }

  /** Resolves when everything that waits was taken or refused. */
  async forceFlush(): Promise<void> {
    while (this.queued.length > 0 || this.sending !== undefined) {
      this.send();
      await this.sending;
    }
  }

  async shutdown(): Promise<void> {
    this.trouble.close();
    await this.forceFlush();
    this.closed = true;
    await this.exporter.shutdown();
  }

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending !== undefined || this.queued.length === 0) return;
    const batch = this.queued.splice(0, BATCH);
    this.sending = this.export(batch).finally(() => {
      this.sending = undefined;
      if (this.queued.length >= BATCH) this.send();
      else if (this.queued.length > 0) this.timer ??= setTimeout(() => this.send(), EVERY_MS).unref();
    });
  }

  private async export(batch: ReadableSpan[]): Promise<void> {
    const error = await new Promise<Error | undefined>((resolve) => {
      this.exporter.export(batch, ({ code, error }) =>
        resolve(code === 0 ? undefined : (error ?? new Error('the collector refused them'))),
      );
    });
    if (error === undefined) {
      this.trouble.end();
      this.events.exported(batch.length);
    } else {
      this.trouble.begin(error.message);
      this.events.dropped(batch.length, 'export-failed');
    }
  }
}
