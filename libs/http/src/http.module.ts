import { Global, Module } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { EdgeConfig } from '#libs/config';
import { LoggingModule } from '#libs/logging';
import { ConstantHeaders, CrossOrigin, SECURITY_HEADERS } from './answer-headers.js';
import { HttpEvents } from './events.js';
import { MissAdmission, MissLimit, Pressure } from './limits.js';
import { ExpressPlatform, FastifyPlatform, Platform } from './platform.js';
import { ProblemFilter } from './problems.js';
import { RequestLog } from './request-log.js';
import { InternalPort } from './server-setup.js';

/** Global: a decorator on a controller of any module needs it. */
@Global()
@Module({
  providers: [
    {
      provide: Platform,
      useFactory: ({ httpAdapter }: HttpAdapterHost) =>
        httpAdapter?.getType() === 'express' ? new ExpressPlatform() : new FastifyPlatform(),
      inject: [HttpAdapterHost],
    },
  ],
  exports: [Platform],
})
class PlatformModule {}

/** Providers for all routes. */
@Module({
  imports: [LoggingModule, PlatformModule],
  providers: [
    HttpEvents,
    InternalPort,
    RequestLog,
    MissLimit,
    Pressure,
    MissAdmission,
    {
      provide: CrossOrigin,
      useFactory: ({ corsOrigins }: EdgeConfig) => new CrossOrigin(corsOrigins),
      inject: [EdgeConfig],
    },
    {
      provide: ConstantHeaders,
      useFactory: (crossOrigin: CrossOrigin) => new ConstantHeaders(crossOrigin.over(SECURITY_HEADERS).api),
      inject: [CrossOrigin],
    },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [HttpEvents, InternalPort, ConstantHeaders, CrossOrigin, MissAdmission, Pressure],
})
export class HttpModule {}
