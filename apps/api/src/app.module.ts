import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from '#libs/auth';
import { CacheModule } from '#libs/cache/nest';
import { CacheHttpModule } from '#libs/cache-http';
import { CoherenceModule } from '#libs/coherence';
import { type Config } from '#libs/config';
import { ConfigModule } from '#libs/config/nest';
import { DbModule } from '#libs/db';
import { HealthModule } from '#libs/health';
import { HttpModule, MissAdmission } from '#libs/http';
import { LoggingModule } from '#libs/logging';
import { MetricsModule, type MetricsPage } from '#libs/metrics';
import { RedisModule } from '#libs/redis/nest';
import { ResilienceModule } from '#libs/resilience/nest';
import { TracingModule } from '#libs/tracing/nest';
import { CategoriesModule } from './catalogue/categories/categories.module.js';
import { categoryGroupsOf } from './catalogue/categories/category-resources.js';
import { recordedTable } from './catalogue/migrations/index.js';
import { ProductsModule } from './catalogue/products/products.module.js';
import { ProductVersions } from './catalogue/products/products.service.js';
import { ChangesModule } from './changes/changes.module.js';
import { ConsoleModule } from './console/console.module.js';
import { RedisClientModule } from './redis-client.module.js';

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
        ProductsModule,
        CategoriesModule,
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
