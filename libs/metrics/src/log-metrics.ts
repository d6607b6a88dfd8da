import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { LogEvents } from '#libs/logging/events';

const DROPPED = 'log_lines_dropped_total';

export const logMetricProviders = [
  makeCounterProvider({
    name: DROPPED,
    help: 'Log lines dropped because the log output took none and the buffer was full.',
  }),
];

/** Shows what the log has lost: the log itself cannot. */
@Injectable()
export class LogMetrics {
  constructor(@InjectMetric(DROPPED) dropped: Counter, events: LogEvents) {
    events.on('dropped', (lines) => dropped.inc(lines));
  }
}
