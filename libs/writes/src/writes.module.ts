import { Module } from '@nestjs/common';
import { DbModule } from '#libs/db';
import { EntityWrites } from './entity-writes.js';
import { Precondition } from './written.js';

/** For modules of features that are written. */
@Module({
  imports: [DbModule],
  providers: [EntityWrites, Precondition],
  exports: [EntityWrites, Precondition],
})
export class WritesModule {}
