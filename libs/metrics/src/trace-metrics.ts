import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { type SpanDropReason, TraceEvents } from '#libs/tracing/events';

const EXPORTED = 'trace_spans_exported_total';
const DROPPED = 'trace_spans_dropped_total';

const REASONS: readonly SpanDropReason[] = ['queue-full', 'export-failed'];

export const traceMetricProviders = [
  makeCounterProvider({ name: EXPORTED, help: 'Spans that the collector took.' }),
  makeCounterProvider({
    name: DROPPED,
    help: 'Spans lost because too many waited for the collector, or it did not take them.',
    labelNames: ['reason'],
  }),
];

/** Shows what becomes of spans: a collector cannot show what it did not get. */
@Injectable()
export class TraceMetrics {
  constructor(
    @InjectMetric(EXPORTED) exported: Counter,
    @InjectMetric(DROPPED) dropped: Counter<'reason'>,
    events: TraceEvents,
  ) {
    for (const reason of REASONS) dropped.inc({ reason }, 0);
    events.onExported((spans) => exported.inc(spans));
    events.onDropped((spans, reason) => dropped.inc({ reason }, spans));
  }
}
