import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { RedisConfig } from '#libs/config';
import type { DependencyPolicy } from '#libs/resilience';
import { RedisPolicy, ResilienceModule } from '#libs/resilience/nest';
import { CommandClient } from './client-options.js';
import { RedisEvents } from './events.js';
import { NamespacePurge } from './namespace-purge.js';
import { RedisLink } from './redis-link.js';
import { TrackingLinks } from './tracking-links.js';

/** `openRedis` for Nest: the one connection for commands of a process, and its tracking links. */
@Module({
  imports: [ResilienceModule],
  providers: [
    RedisEvents,
    {
      provide: CommandClient,
      inject: [RedisConfig],
      useFactory: (config: RedisConfig) => new CommandClient(config),
    },
    {
      provide: RedisLink,
      inject: [CommandClient, RedisPolicy, RedisEvents],
      useFactory: (commands: CommandClient, policy: DependencyPolicy, events: RedisEvents) =>
        new RedisLink(commands, policy, events),
    },
    {
      provide: NamespacePurge,
      inject: [CommandClient, RedisLink, RedisConfig],
      useFactory: (commands: CommandClient, link: RedisLink, config: RedisConfig) =>
        new NamespacePurge(commands, link, config),
    },
    {
      provide: TrackingLinks,
      inject: [CommandClient, RedisConfig],
      useFactory: (commands: CommandClient, config: RedisConfig) => new TrackingLinks(commands, config),
    },
  ],
  exports: [RedisEvents, RedisLink, NamespacePurge, TrackingLinks],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(private readonly commands: CommandClient) {}

  /** Commands that are on their way are answered first, if Redis answers. */
  async onApplicationShutdown(): Promise<void> {
    const { client } = this.commands;
    if (client === null || client.status === 'end') return;
    if (client.status === 'ready') await client.quit().catch(() => client.disconnect());
    else client.disconnect();
  }
}
