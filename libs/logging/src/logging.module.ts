import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { type Logger, pino } from 'pino';
import type { Options } from 'pino-http';
import { LogConfig } from '#libs/config';
import { LogEvents } from './events.js';
import { LevelSwitch, switchLevelOnSignal } from './level-switch.js';
import { LINE_FORMAT, logStream } from './log-stream.js';
import { RequestContext, requestFields } from './request-context.js';

/** Where secrets could stand in a logged object. pino replaces them before the line is written. */
export const SECRET_PATHS: string[] = [
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

export function pinoOptions(config: LogConfig): Options {
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
