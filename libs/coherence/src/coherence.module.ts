import { type DynamicModule, Module } from '@nestjs/common';
import { RedisModule } from '#libs/redis';
import { CoherenceEvents } from './events.js';
import { ChangeApplier } from './relay/change-applier.js';
import { GroupsOf } from './relay/groups-of.js';
import { OutboxDrain } from './relay/outbox-drain.js';
import { Relay } from './relay/relay.js';
import { TrustWatch } from './trust/trust-watch.js';
import { Watermark } from './watermark/watermark.js';
import { WriteThrough } from './writing/write-through.js';

@Module({})
export class CoherenceModule {
  /** @param groupsOf which groups a change of a key makes stale */
  static forRoot(groupsOf: GroupsOf): DynamicModule {
    return {
      module: CoherenceModule,
      imports: [RedisModule],
      global: true,
      providers: [
        { provide: GroupsOf, useValue: groupsOf },
        CoherenceEvents,
        Watermark,
        ChangeApplier,
        OutboxDrain,
        Relay,
        TrustWatch,
        WriteThrough,
      ],
      exports: [CoherenceEvents, WriteThrough],
    };
  }
}
