import {
  ClusterModule,
  type ClusterModuleOptions,
  ClusterService,
  RedisModule,
  type RedisModuleOptions,
  RedisService,
} from '@liaoliaots/nestjs-redis';
import { Global, Module } from '@nestjs/common';
import { RedisConfig } from '#libs/config';
import { clusterClient, REDIS_CLIENT, singleClient } from '#libs/redis/nest';

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

/** The connection for commands of this service: to one Redis or to a cluster, or none. It is closed with the application. */
@Global()
@Module({
  imports: [
    RedisModule.forRootAsync({
      inject: [RedisConfig],
      useFactory: (...[config]: unknown[]) => singleOf(config as RedisConfig),
    }),
    ClusterModule.forRootAsync({
      inject: [RedisConfig],
      useFactory: (...[config]: unknown[]) => clusterOf(config as RedisConfig),
    }),
  ],
  providers: [
    {
      provide: REDIS_CLIENT,
      inject: [RedisService, ClusterService],
      useFactory: (single: RedisService, cluster: ClusterService) => single.getOrNil() ?? cluster.getOrNil(),
    },
  ],
  exports: [REDIS_CLIENT],
})
export class RedisClientModule {}
