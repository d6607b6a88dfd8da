// The public entry point of @hotshelf/nestjs.
export { Cache, type CacheEntry, type CacheKey, GroupGenerations } from '#libs/cache';
export { CacheModule, WiringError } from '#libs/cache/nest';
export {
  CachedCollection,
  type CachedCollectionOptions,
  CachedResource,
  type CachedResourceOptions,
  CacheHttpModule,
  rowResource,
} from '#libs/cache-http';
export { type Config, ConfigError, READ_SLICES, readConfig } from '#libs/config';
export { ConfigModule } from '#libs/config/nest';
export {
  DatabaseLink,
  DatabaseWriter,
  migration,
  runMigrations,
  type TrackedTable,
  trackTable,
  untrackTable,
} from '#libs/db';
export {
  Cached,
  CachedList,
  type Entity,
  type EntityOptions,
  EntityStore,
  entity,
  InjectEntity,
  type VersionedRow,
} from '#libs/entities';
export { type FieldError, PROBLEMS, ProblemError, registerProblems } from '#libs/errors';
export { HealthModule } from '#libs/health';
export { EntityIdPipe, HttpModule, isEntityId } from '#libs/http';
export { LoggingModule } from '#libs/logging';
export { MetricsModule } from '#libs/metrics';
export { loadDocs } from '#libs/open-api';
export {
  createService,
  type HotshelfAsyncOptions,
  HotshelfModule,
  type HotshelfOptions,
  type ServiceConfig,
  Shutdown,
  serve,
  startService,
} from '#libs/service';
export { StopSignals } from '#libs/workers';
