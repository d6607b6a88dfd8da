import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { RedisModule } from '#libs/redis';
import { CoherenceEvents } from './events.js';
import { ConsistencyMeter } from './meter/consistency-meter.js';
import { SourceVersions } from './meter/source-versions.js';
import { ChangeApplier } from './relay/change-applier.js';
import { GroupsOf } from './relay/groups-of.js';
import { OutboxDrain } from './relay/outbox-drain.js';
import { Relay } from './relay/relay.js';
import { TrustWatch } from './trust/trust-watch.js';
import { Watermark } from './watermark/watermark.js';
import { WriteThrough } from './writing/write-through.js';

export interface CoherenceOptions {
  readonly groupsOf: GroupsOf;
  readonly sourceVersions: Type<SourceVersions>;
  readonly imports: NonNullable<DynamicModule['imports']>;
}

@Module({})
export class CoherenceModule {
  /**
   * @param groupsOf which groups a change of a key makes stale
   * @param sourceVersions a provider of what the consistency meter compares with
   * @param imports the modules that this provider needs
   */
  static forRoot({ groupsOf, sourceVersions, imports }: CoherenceOptions): DynamicModule {
    return {
      module: CoherenceModule,
      imports: [RedisModule, ...imports],
      global: true,
      providers: [
        { provide: GroupsOf, useValue: groupsOf },
        { provide: SourceVersions, useClass: sourceVersions },
        CoherenceEvents,
        Watermark,
        ChangeApplier,
        OutboxDrain,
        Relay,
        TrustWatch,
        ConsistencyMeter,
        WriteThrough,
      ],
      exports: [CoherenceEvents, WriteThrough],
    };
  }
}
