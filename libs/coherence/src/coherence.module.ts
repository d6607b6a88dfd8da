import { type DynamicModule, Module } from '@nestjs/common';
import { CacheModule } from '#libs/cache';
import { RedisModule } from '#libs/redis';
import { CoherenceEvents } from './events.js';
import { GroupsOf } from './relay/groups-of.js';
import { OutboxDrain } from './relay/outbox-drain.js';
import { Relay } from './relay/relay.js';
import { Watermark } from './watermark/watermark.js';

@Module({})
export class CoherenceModule {
  /** @param groupsOf which groups a change of a key makes stale */
  static forRoot(groupsOf: GroupsOf): DynamicModule {
    return {
      module: CoherenceModule,
      imports: [CacheModule, RedisModule],
      providers: [{ provide: GroupsOf, useValue: groupsOf }, CoherenceEvents, Watermark, OutboxDrain, Relay],
      exports: [CoherenceEvents],
    };
  }
}
