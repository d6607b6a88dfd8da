import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { BuildConfig } from '#libs/config';
import { LogEvents } from '#libs/logging/events';
import { type SpanDropReason, TraceEvents } from '#libs/tracing/events';

const BUILD = 'hotshelf_build_info';

const buildMetricProviders = [
  makeGaugeProvider({
    name: BUILD,
    help: 'Always 1; the labels name the version and the commit of the build, and the release of Node.',
    labelNames: ['version', 'commit', 'node'],
    // All workers are of one build.
    aggregator: 'max',
  }),
];

/** Shows which build is measured. */
@Injectable()
class BuildMetrics {
  constructor(@InjectMetric(BUILD) build: Gauge<'version' | 'commit' | 'node'>, config: BuildConfig) {
    const { version, commit } = config;
    build.set({ version: version || 'unknown', commit: commit || 'unknown', node: process.versions.node }, 1);
  }
}

const LINES_DROPPED = 'log_lines_dropped_total';

const logMetricProviders = [
  makeCounterProvider({
    name: LINES_DROPPED,
    help: 'Log lines dropped because the log output took none and the buffer was full.',
  }),
];

/** Shows what the log has lost: the log itself cannot. */
@Injectable()
class LogMetrics {
  constructor(@InjectMetric(LINES_DROPPED) dropped: Counter, events: LogEvents) {
    events.on('dropped', (lines) => dropped.inc(lines));
  }
}

const SPANS_EXPORTED = 'trace_spans_exported_total';
const SPANS_DROPPED = 'trace_spans_dropped_total';

const DROP_REASONS: readonly SpanDropReason[] = ['queue-full', 'export-failed'];

const traceMetricProviders = [
  makeCounterProvider({ name: SPANS_EXPORTED, help: 'Spans that the collector took.' }),
  makeCounterProvider({
    name: SPANS_DROPPED,
    help: 'Spans lost because too many waited for the collector, or it did not take them.',
    labelNames: ['reason'],
  }),
];

/** Shows what becomes of spans: a collector cannot show what it did not get. */
@Injectable()
class TraceMetrics {
  constructor(
    @InjectMetric(SPANS_EXPORTED) exported: Counter,
    @InjectMetric(SPANS_DROPPED) dropped: Counter<'reason'>,
    events: TraceEvents,
  ) {
    for (const reason of DROP_REASONS) dropped.inc({ reason }, 0);
    events.onExported((spans) => exported.inc(spans));
    events.onDropped((spans, reason) => dropped.inc({ reason }, spans));
  }
}

export const telemetryMetrics = [
  ...logMetricProviders,
  LogMetrics,
  ...traceMetricProviders,
  TraceMetrics,
  ...buildMetricProviders,
  BuildMetrics,
];
