import { type DynamicModule, Module } from '@nestjs/common';
import { CacheModule } from '#libs/cache/nest';
import { CacheHttpModule } from '#libs/cache-http';
import { CoherenceModule, prefixesOf } from '#libs/coherence';
import { type Config } from '#libs/config';
import { ConfigModule } from '#libs/config/nest';
import { DbModule, type TrackedTable } from '#libs/db';
import { HealthModule } from '#libs/health';
import { HttpModule, MissAdmission } from '#libs/http';
import { LoggingModule } from '#libs/logging';
import { MetricsModule } from '#libs/metrics';
import { RedisModule } from '#libs/redis/nest';
import { ResilienceModule } from '#libs/resilience/nest';
import { TracingModule } from '#libs/tracing/nest';

/** What a service of cached tables consists of, beside its own controllers: for an application whose `imports` name it. */
@Module({})
export class ServiceModule {
  /**
   * @param config the slices that the service has; at least those of `READ_SLICES`
   * @param tables those that answers are made of, as `trackTable` made them coherent
   */
  static forTables(config: Partial<Config>, tables: readonly TrackedTable[]): DynamicModule {
    const cache = CacheModule.forRoot(prefixesOf(tables));
    const coherence = CoherenceModule.forTables(tables);
    const measured = [
      LoggingModule,
      TracingModule,
      HttpModule,
      cache,
      ResilienceModule,
      DbModule,
      RedisModule,
      coherence,
    ];
    return {
      module: ServiceModule,
      imports: [
        ConfigModule.forRoot(config),
        LoggingModule,
        TracingModule,
        HttpModule,
        DbModule,
        cache,
        CacheHttpModule.forRoot({ by: MissAdmission, imports: [HttpModule] }),
        coherence,
        HealthModule,
        MetricsModule.forRoot(measured),
      ],
      exports: [DbModule],
    };
  }
}
