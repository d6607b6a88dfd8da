import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { RedisConfig } from '#libs/config';
import type { DependencyPolicy } from '#libs/resilience';
import { RedisPolicy, ResilienceModule } from '#libs/resilience/nest';
import { CommandClient, type RedisClient } from './client-options.js';
import { RedisEvents } from './events.js';
import { NamespacePurge } from './namespace-purge.js';
import { RedisLink } from './redis-link.js';
import { TrackingLinks } from './tracking-links.js';

export { addressesOf, clusterClient, type RedisClient, singleClient } from './client-options.js';

/**
 * The token of a connection for commands that the application makes: a provider of a global module. Null if no Redis is
 * configured. Without it this module makes the connection.
 */
export const REDIS_CLIENT = Symbol('REDIS_CLIENT');

/** The token of a client of the application whose servers and credentials the connections here have; it is left alone. */
export const REDIS_LIKE = Symbol('REDIS_LIKE');

/** `openRedis` for Nest: the one connection for commands of a process, and its tracking links. */
@Module({
  imports: [ResilienceModule],
  providers: [
    RedisEvents,
    {
      provide: CommandClient,
      inject: [RedisConfig, { token: REDIS_CLIENT, optional: true }, { token: REDIS_LIKE, optional: true }],
      useFactory: (config: RedisConfig, given?: RedisClient | null, like?: RedisClient | null) =>
        new CommandClient(config, given, like),
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

  async onApplicationShutdown(): Promise<void> {
    await this.commands.close();
  }
}
