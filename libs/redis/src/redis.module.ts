import {
  ClusterModule,
  type ClusterModuleOptions,
  type RedisModuleOptions,
  RedisModule as SingleModule,
} from '@liaoliaots/nestjs-redis';
import { Module } from '@nestjs/common';
import { RedisConfig } from '#libs/config';
import { ResilienceModule } from '#libs/resilience';
import { CommandClient, clusterClient, singleClient } from './client-options.js';
import { RedisEvents } from './events.js';
import { NamespacePurge } from './namespace-purge.js';
import { RedisLink } from './redis-link.js';
import { TrackingLinks } from './tracking-links.js';

// RedisLink and Outages log the state of a connection, and not at every attempt.
const silent = { errorLog: false, readyLog: false };

function singleOf(config: RedisConfig): RedisModuleOptions {
  const { server } = config;
  return { ...silent, config: server.kind === 'single' ? [singleClient(config, server.url)] : [] };
}

function clusterOf(config: RedisConfig): ClusterModuleOptions {
  const { server } = config;
  return { ...silent, config: server.kind === 'cluster' ? [clusterClient(config, server.urls)] : [] };
}

@Module({
  imports: [
    ResilienceModule,
    SingleModule.forRootAsync({
      inject: [RedisConfig],
      useFactory: (...[config]: unknown[]) => singleOf(config as RedisConfig),
    }),
    ClusterModule.forRootAsync({
      inject: [RedisConfig],
      useFactory: (...[config]: unknown[]) => clusterOf(config as RedisConfig),
    }),
  ],
  providers: [CommandClient, RedisEvents, RedisLink, NamespacePurge, TrackingLinks],
  exports: [RedisEvents, RedisLink, NamespacePurge, TrackingLinks],
})
export class RedisModule {}
