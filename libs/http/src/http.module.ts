import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { LoggingModule } from '#libs/logging';
import { HttpEvents } from './events.js';
import { MissAdmission } from './limits/miss-admission.js';
import { MissLimit } from './limits/miss-limit.js';
import { Pressure } from './limits/pressure.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { RequestLog } from './requests/request-log.js';

/** What every route shares. */
@Module({
  imports: [LoggingModule],
  providers: [
    HttpEvents,
    RequestLog,
    MissLimit,
    Pressure,
    MissAdmission,
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [HttpEvents, MissAdmission, Pressure],
})
export class HttpModule {}
