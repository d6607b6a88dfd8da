import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { type ReadableSpan, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { TraceEvents } from '#libs/tracing/events';
import { MAX_QUEUED, SpanQueue } from '#src/libs/tracing/src/span-queue';

/** A collector that answers when the test says so. */
class SlowCollector implements SpanExporter {
  readonly batches: number[] = [];
  private waiting: (() => void)[] = [];

  export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
    this.batches.push(spans.length);
    this.waiting.push(() => done({ code: 0 }));
  }

  answer(): void {
    const [first, ...rest] = this.waiting;
    this.waiting = rest;
    first?.();
  }

  async shutdown(): Promise<void> {}
}

describe('the queue of spans', () => {
  const events = new TraceEvents();
  const counts = { exported: 0, dropped: 0 };
  events.onExported((spans) => {
    counts.exported += spans;
  });
  events.onDropped((spans, reason) => {
    assert.equal(reason, 'queue-full');
    counts.dropped += spans;
  });
  afterEach(() => Object.assign(counts, { exported: 0, dropped: 0 }));

  const begin = (ended: number) => {
    const collector = new SlowCollector();
    const queue = new SpanQueue(collector, events);
    const tracer = new TracerProvider({ spanProcessors: [queue] }).getTracer('test');
    for (let n = 0; n < ended; n += 1) tracer.startSpan('one').end();
    return { collector, queue };
  };

  it('drops what does not fit, counts it, and sends the rest in batches, one at a time', async () => {
    const { collector, queue } = begin(MAX_QUEUED + 512 + 100);
    assert.deepEqual(collector.batches, [512]);
    assert.equal(counts.dropped, 100);
    const flushed = queue.forceFlush();
    for (let n = 0; n < 9; n += 1) {
      assert.equal(collector.batches.length, n + 1);
      collector.answer();
      await new Promise(setImmediate);
    }
    await flushed;
    assert.equal(counts.exported, MAX_QUEUED + 512);
  });

  it('sends few spans after a while', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const { collector } = begin(3);
    assert.deepEqual(collector.batches, []);
    test.mock.timers.tick(1_000);
    assert.deepEqual(collector.batches, [3]);
  });
});
