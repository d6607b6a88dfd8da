import { RedisModule as ClientsModule, type RedisModuleOptions } from '@liaoliaots/nestjs-redis';
import { Module } from '@nestjs/common';
import { RedisConfig } from '#libs/config';
import { ResilienceModule } from '#libs/resilience';
import { commandClient } from './client-options.js';
import { RedisLink } from './redis-link.js';

function clientsOf(config: RedisConfig): RedisModuleOptions {
  const { server } = config;
  return { errorLog: false, config: server.kind === 'absent' ? [] : [commandClient(config, server.url)] };
}

@Module({
  imports: [
    ResilienceModule,
    ClientsModule.forRootAsync({
      inject: [RedisConfig],
      useFactory: (...[config]: unknown[]) => clientsOf(config as RedisConfig),
    }),
  ],
  providers: [RedisLink],
  exports: [RedisLink],
})
export class RedisModule {}
