import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { LoggingModule } from '#libs/logging';
import { HttpEvents } from './events.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { RequestLog } from './requests/request-log.js';

/** What every route shares. */
@Module({
  imports: [LoggingModule],
  providers: [HttpEvents, RequestLog, { provide: APP_FILTER, useClass: ProblemFilter }],
  exports: [HttpEvents],
})
export class HttpModule {}
