import {
  ClusterModule,
  type ClusterModuleOptions,
  ClusterService,
  RedisModule,
  type RedisModuleOptions,
  RedisService,
} from '@liaoliaots/nestjs-redis';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthModule, addWriterHook, WriterAdmission } from '#libs/auth';
import { CacheModule } from '#libs/cache/nest';
import { CoherenceModule } from '#libs/coherence';
import { type Config, RedisConfig } from '#libs/config';
import { ConfigModule } from '#libs/config/nest';
import { DbModule } from '#libs/db';
import { addWriteLimit } from '#libs/http';
import { RequestContext } from '#libs/logging';
import type { MetricsPage } from '#libs/metrics';
import { clusterClient, REDIS_CLIENT, singleClient } from '#libs/redis/nest';
import { createService, serviceModules } from '#libs/service';
import { addOpenApi } from './api-docs.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { categoryGroupsOf } from './catalogue/categories/category.js';
import { recordedTable } from './catalogue/migrations/index.js';
import { ProductWritesService } from './catalogue/products/product-writes.service.js';
import { ProductVersions } from './catalogue/products/products.service.js';
import { ChangesModule } from './changes/changes.controller.js';
import { addConsole, addIndex, ConsoleModule } from './console/add-console.js';

/**
 * The whole service, ready to listen. main.ts and every test make it here, so that no test runs another one.
 *
 * @param page what `/metrics` shows; default: this process's own metrics
 */
export async function configureApp(config: Config, page?: MetricsPage): Promise<NestFastifyApplication> {
  const app = await createService(AppModule.forRoot(config, page), config, (service, fastify) => {
    addWriterHook(fastify, service.get(WriterAdmission), service.get(RequestContext).admitted);
    addWriteLimit(fastify, config.access.writesPerMinute);
  });
  addOpenApi(app);
  addIndex(app);
  addConsole(app, () => changeSomePrice(app));
  return app;
}

/** The product whose price the console's button changes. */
const PRODUCT = 'prod-1';

async function changeSomePrice(app: NestFastifyApplication) {
  const price = Math.round(500 + Math.random() * 9_500) / 100;
  await app.get(ProductWritesService).change(PRODUCT, { price }, undefined);
  return { product: PRODUCT, price };
}

/** The composition root: the only place where the modules meet. */
@Module({})
export class AppModule {
  static forRoot(config: Config, page?: MetricsPage): DynamicModule {
    const cache = CacheModule.forRoot(['product:', 'category:']);
    const products = recordedTable('products');
    const coherence = CoherenceModule.forRoot({
      groupsOf: { of: categoryGroupsOf },
      originVersions: ProductVersions,
      // A category's answer counts its products, and so does a page.
      tables: { 'product:': [products], 'category:': [recordedTable('categories'), products] },
      imports: [DbModule],
    });
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        RedisClientModule,
        AuthModule,
        CatalogueModule,
        ChangesModule,
        ...serviceModules(cache, coherence, page),
        ConsoleModule,
      ],
    };
  }
}

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
class RedisClientModule {}
