import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Cache } from '#libs/cache';
import { WriteThrough } from '#libs/coherence';
import { BatchLoaders, DatabaseLink, DatabaseWriter, DbModule } from '#libs/db';
import type { Entity } from './entity.js';
import { EntityStore } from './entity-store.js';

const ENTITIES = Symbol('entities of a feature');

/** All entities of the application. */
export const ALL_ENTITIES = Symbol('all entities');

/** The stores of a feature's entities. */
@Module({})
export class EntitiesModule {
  static forFeature(entities: readonly Entity[]): DynamicModule {
    const stores = entities.map((entity) => ({
      provide: entity.token,
      inject: [Cache, DatabaseLink, DatabaseWriter, WriteThrough, BatchLoaders],
      useFactory: (
        cache: Cache,
        database: DatabaseLink,
        writer: DatabaseWriter,
        writeThrough: WriteThrough,
        batches: BatchLoaders,
      ) => new EntityStore(entity, { cache, database, writer, writeThrough, batches }),
    }));
    return {
      module: EntitiesModule,
      imports: [DbModule],
      providers: [{ provide: ENTITIES, useValue: entities }, ...stores],
      exports: entities.map(({ token }) => token),
    };
  }
}

/** Finds what the features have named: their modules are known before the first provider is made. */
@Global()
@Module({
  providers: [
    {
      provide: ALL_ENTITIES,
      inject: [ModulesContainer],
      useFactory: (modules: ModulesContainer): readonly Entity[] => {
        const named = [...modules.values()].flatMap(
          ({ providers }) => (providers.get(ENTITIES)?.instance as readonly Entity[] | undefined) ?? [],
        );
        const entities = [...new Set(named)];
        const twice = entities.find(
          ({ prefix }, at) => entities.findIndex((each) => each.prefix === prefix) !== at,
        );
        if (twice !== undefined)
          throw new TypeError(`two entities have the name "${twice.prefix}": their keys would be the same`);
        return entities;
      },
    },
  ],
  exports: [ALL_ENTITIES],
})
export class AllEntitiesModule {}
