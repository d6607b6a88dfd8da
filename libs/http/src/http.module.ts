import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { LoggingModule } from '#libs/logging';
import { HttpEvents } from './events.js';
import { learnSecurityHeaders } from './hardening/security-headers.js';
import { MissAdmission } from './limits/miss-admission.js';
import { MissLimit } from './limits/miss-limit.js';
import { Pressure } from './limits/pressure.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { ConstantHeaders } from './requests/constant-headers.js';
import { RequestHooks } from './requests/request-hooks.js';
import { RequestLog } from './requests/request-log.js';

/** What every route shares. */
@Module({
  imports: [LoggingModule],
  providers: [
    HttpEvents,
    RequestLog,
    RequestHooks,
    MissLimit,
    Pressure,
    MissAdmission,
    {
      provide: ConstantHeaders,
      useFactory: async () => new ConstantHeaders((await learnSecurityHeaders()).api),
    },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [HttpEvents, RequestHooks, ConstantHeaders, MissAdmission, Pressure],
})
export class HttpModule {}
