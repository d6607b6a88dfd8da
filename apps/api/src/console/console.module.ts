import { Module } from '@nestjs/common';
import { HttpModule } from '#libs/http';
import { ConsoleActions } from './console-actions.js';
import { ConsoleAdmission } from './console-admission.js';
import { ConsoleFeed } from './console-feed.js';

/** The live page of the service; addConsole gives it its addresses. */
@Module({
  imports: [HttpModule],
  providers: [ConsoleFeed, ConsoleAdmission, ConsoleActions],
})
export class ConsoleModule {}
