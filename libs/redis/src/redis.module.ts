import {
  ClusterModule,
  type ClusterModuleOptions,
  type RedisModuleOptions,
  RedisModule as SingleModule,
} from '@liaoliaots/nestjs-redis';
import { Module } from '@nestjs/common';
import { RedisConfig } from '#libs/config';
import { ResilienceModule } from '#libs/resilience';
import { clusterClient, singleClient } from './client-options.js';
import { CommandClient } from './redis-client.js';
import { RedisLink } from './redis-link.js';
import { TrackingLinks } from './tracking/tracking-links.js';

// The driver's errors are told by RedisLink, once each and not at every attempt.
const errorLog = false;

function singleOf(config: RedisConfig): RedisModuleOptions {
  const { server } = config;
  return { errorLog, config: server.kind === 'single' ? [singleClient(config, server.url)] : [] };
}

function clusterOf(config: RedisConfig): ClusterModuleOptions {
  const { server } = config;
  return { errorLog, config: server.kind === 'cluster' ? [clusterClient(config, server.urls)] : [] };
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
  providers: [CommandClient, RedisLink, TrackingLinks],
  exports: [RedisLink, TrackingLinks],
})
export class RedisModule {}
