import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { type Logger, pino } from 'pino';
import type { Options } from 'pino-http';
import { LogConfig } from '#libs/config';
import { LogEvents } from './events.js';
import { LINE_FORMAT, logStream } from './log-stream.js';

/** What every line that is logged for a request carries. */
export interface RequestFields {
  readonly requestId: string;
  /** The trace that the client's request is part of (W3C Trace Context). */
  readonly trace_id?: string;
}

export function requestFieldsOf(requestId: string, traceId: string | null): RequestFields {
  return traceId === null ? { requestId } : { requestId, trace_id: traceId };
}

/** One for the process, as its log is one. */
const current = new AsyncLocalStorage<Record<string, string>>();

/**
 * What the line that is being written should say of the request that it belongs to. Asked for at each line, so that a
 * request that logs nothing costs no logger of its own.
 */
export function requestFields(): Record<string, string> {
  return { ...current.getStore() };
}

/** Binds what runs for a request to the request's id, so that every line logged meanwhile carries it. */
@Injectable()
export class RequestContext {
  run(fields: RequestFields, work: () => void): void {
    current.run({ ...fields }, work);
  }

  /** Runs work that belongs to no request, though one may have caused it. */
  outside(work: () => void): void {
    current.exit(work);
  }

  /** Adds the admitted writer of a request to what the rest of its lines carry. */
  readonly admitted = ({ id }: { readonly id: string }): void => {
    Object.assign(current.getStore() ?? {}, { writer: id });
  };

  /** Runs work of a request that may have been bound already, or may have been answered too soon for that. */
  within(fields: RequestFields, work: () => void): void {
    if (current.getStore() === undefined) this.run(fields, work);
    else work();
  }
}

/** Free in Node and in the service: SIGUSR1 starts the debugger, SIGHUP rolls the workers. */
export const LEVEL_SIGNAL = 'SIGUSR2';

/**
 * Switches a logger between its configured level and `debug` at each SIGUSR2, while the process runs.
 *
 * @returns ends it
 */
function switchLevelOnSignal(configured: string, logger: Logger): () => void {
  const change = () => {
    logger.level = logger.level === 'debug' ? configured : 'debug';
    // At a level that is always written, short of silence.
    logger.warn({ logLevel: logger.level }, `the log level is ${logger.level}`);
  };
  process.on(LEVEL_SIGNAL, change);
  return () => process.off(LEVEL_SIGNAL, change);
}

/** The same for the log of the modules. */
@Injectable()
class LevelSwitch implements OnModuleInit, OnApplicationShutdown {
  private end: () => void = () => undefined;

  constructor(private readonly config: LogConfig) {}

  onModuleInit(): void {
    this.end = switchLevelOnSignal(this.config.level, PinoLogger.root);
  }

  onApplicationShutdown(): void {
    this.end();
  }
}

/** Where secrets could stand in a logged object. pino replaces them before the line is written. */
const SECRET_PATHS: string[] = [
  'req.headers.authorization',
  'req.headers.cookie',
  'headers.authorization',
  'headers.cookie',
  'authorization',
  'password',
  '*.password',
  'url.password',
  'API_KEYS',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'REDIS_URL',
  '*.API_KEYS',
  '*.DATABASE_URL',
  '*.DATABASE_DIRECT_URL',
  '*.REDIS_URL',
];

function pinoOptions(config: LogConfig): Options {
  return {
    level: config.level,
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    ...LINE_FORMAT,
    autoLogging: false,
    mixin: requestFields,
  };
}

/** A logger for a process without modules, whose lines look as those of all others. */
export function createLogger(config: LogConfig): Logger {
  const { level, redact } = pinoOptions(config);
  const logger = pino(
    { ...LINE_FORMAT, ...(level !== undefined && { level }), ...(redact !== undefined && { redact }) },
    logStream(config),
  );
  switchLevelOnSignal(config.level, logger);
  return logger;
}

/** Of its own, since the stream is made before the rest of the logging is. */
@Module({ providers: [LogEvents], exports: [LogEvents] })
class LogEventsModule {}

/** Every line of the service goes through pino, with the id of the request that it belongs to. */
@Module({
  imports: [
    LogEventsModule,
    LoggerModule.forRootAsync({
      imports: [LogEventsModule],
      inject: [LogConfig, LogEvents],
      useFactory: (config: LogConfig, events: LogEvents) => ({
        pinoHttp: [pinoOptions(config), logStream(config, events)],
        // Not as a middleware: a Fastify hook binds the request's id at a fraction of the price.
        forRoutes: [],
      }),
    }),
  ],
  providers: [RequestContext, LevelSwitch],
  exports: [LoggerModule, LogEventsModule, RequestContext],
})
export class LoggingModule {}
