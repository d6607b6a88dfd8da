import { type DynamicModule, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthModule, addWriterHook, WriterAdmission } from '#libs/auth';
import { CacheModule } from '#libs/cache/nest';
import { CacheHttpModule } from '#libs/cache-http';
import { CoherenceModule } from '#libs/coherence';
import { type Config } from '#libs/config';
import { ConfigModule } from '#libs/config/nest';
import { DbModule } from '#libs/db';
import { HealthModule } from '#libs/health';
import { addWriteLimit, HttpModule, MissAdmission } from '#libs/http';
import { LoggingModule, RequestContext } from '#libs/logging';
import { MetricsModule, type MetricsPage } from '#libs/metrics';
import { RedisModule } from '#libs/redis/nest';
import { ResilienceModule } from '#libs/resilience/nest';
import { createService } from '#libs/service';
import { TracingModule } from '#libs/tracing/nest';
import { addOpenApi } from './api-docs.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { categoryGroupsOf } from './catalogue/categories/category.js';
import { recordedTable } from './catalogue/migrations/index.js';
import { ProductWritesService } from './catalogue/products/product-writes.service.js';
import { ProductVersions } from './catalogue/products/products.service.js';
import { ChangesModule } from './changes/changes.controller.js';
import { addConsole, ConsoleModule } from './console/add-console.js';
import { addIndex } from './console/add-index.js';
import { RedisClientModule } from './redis-client.module.js';

/**
 * The whole service, ready to listen. main.ts and every test make it here, so that no test runs another one.
 *
 * @param page what `/metrics` shows; default: this process's own metrics
 */
export async function configureApp(config: Config, page?: MetricsPage): Promise<NestFastifyApplication> {
  const app = await createService(AppModule.forRoot(config, page), config, (service, fastify) => {
    const context = service.get(RequestContext);
    addWriterHook(fastify, service.get(WriterAdmission), ({ id }) => context.assign({ writer: id }));
    addWriteLimit(fastify, config.access.writesPerMinute, ({ writer }) => writer?.id);
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
    const cacheHttp = CacheHttpModule.forRoot({ by: MissAdmission, imports: [HttpModule] });
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
        LoggingModule,
        TracingModule,
        HttpModule,
        AuthModule,
        cache,
        cacheHttp,
        CatalogueModule,
        ChangesModule,
        coherence,
        HealthModule,
        ConsoleModule,
        MetricsModule.forRoot(
          [
            LoggingModule,
            TracingModule,
            HttpModule,
            cache,
            ResilienceModule,
            DbModule,
            RedisModule,
            coherence,
          ],
          page,
        ),
      ],
    };
  }
}
