import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { BuildConfig, ProcessConfig, TracingConfig } from '#libs/config';
import { TraceEvents } from './events.js';
import type { OpenTelemetry } from './open-telemetry.js';

export type { OpenTelemetry, RemoteParent } from './open-telemetry.js';

/** The longest that a process that ends waits for the collector, in milliseconds, and which part of the whole time that is. */
const LAST_EXPORT_MS = 2_000;
const SHARE_OF_SHUTDOWN = 4;

/** Tracing of this process: on if a collector is configured. */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  /** @param telemetry null if tracing is off */
  constructor(
    readonly telemetry: OpenTelemetry | null,
    private readonly process: ProcessConfig,
  ) {}

  /** Exports the last spans, and does not wait for long. */
  async onApplicationShutdown(): Promise<void> {
    const limitMs = Math.min(LAST_EXPORT_MS, this.process.shutdownTimeoutMs / SHARE_OF_SHUTDOWN);
    const stopped = this.telemetry?.stop().catch(() => undefined);
    await Promise.race([stopped, pause(limitMs, undefined, { ref: false })]);
  }
}

/** Loads OpenTelemetry if a collector is configured, and nothing otherwise. */
@Module({
  providers: [
    TraceEvents,
    {
      provide: Tracing,
      inject: [TracingConfig, ProcessConfig, BuildConfig, TraceEvents],
      useFactory: async (
        config: TracingConfig,
        process: ProcessConfig,
        { version }: BuildConfig,
        events: TraceEvents,
      ) => {
        if (config.url === null) return new Tracing(null, process);
        const { OpenTelemetry } = await import('./open-telemetry.js');
        return new Tracing(await OpenTelemetry.start(config, version, events), process);
      },
    },
  ],
  exports: [TraceEvents, Tracing],
})
export class TracingModule {}
