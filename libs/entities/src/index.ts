export { ALL_ENTITIES, AllEntitiesModule, EntitiesModule, EntityChecks } from './entities.module.js';
export { Cached, CachedList, type Entity, type EntityOptions, entity, type VersionedRow } from './entity.js';
export { EntityStore, InjectEntity } from './entity-store.js';
