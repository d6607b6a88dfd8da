import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { LogConfig } from '#libs/config';
import { logStream } from './log-stream.js';
import { pinoOptions } from './pino-options.js';
import { RequestContext } from './request-context.js';

/** Every line of the service goes through pino, with the id of the request that it belongs to. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [LogConfig],
      useFactory: (config: LogConfig) => ({
        pinoHttp: [pinoOptions(config), logStream()],
        // Not as a middleware: a Fastify hook binds the request's id at a fraction of the price.
        forRoutes: [],
      }),
    }),
  ],
  providers: [RequestContext],
  exports: [LoggerModule, RequestContext],
})
export class LoggingModule {}
