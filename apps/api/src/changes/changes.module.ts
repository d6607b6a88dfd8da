import { Module } from '@nestjs/common';
import { HttpModule } from '#libs/http';
import { ChangeStreams } from './change-streams.js';
import { ChangesController } from './changes.controller.js';
import { ChangesService } from './changes.service.js';

/** The change feed. Reads the outbox by CoherenceModule. */
@Module({
  imports: [HttpModule],
  controllers: [ChangesController],
  providers: [ChangesService, ChangeStreams],
})
export class ChangesModule {}
