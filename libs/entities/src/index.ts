export { ALL_ENTITIES, AllEntitiesModule, EntitiesModule } from './entities.module.js';
export { Cached, CachedList, type Entity, type EntityOptions, entity, type VersionedRow } from './entity.js';
export { EntityChecks } from './entity-checks.js';
export { EntityStore, InjectEntity } from './entity-store.js';
