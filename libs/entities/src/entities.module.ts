import {
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { Cache } from '#libs/cache';
import { WiringError } from '#libs/cache/nest';
import { WriteThrough } from '#libs/coherence';
import { BatchLoaders, DatabaseLink, DatabaseWriter, DbModule, relationText, trackTable } from '#libs/db';
import { ProblemError } from '#libs/errors';
import { pathsOf } from '#libs/internals/nest';
import { CACHED_ROUTE, type CachedRoute, type Entity } from './entity.js';
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

/** A method of a controller, and the paths that it is reached by. */
interface Handler {
  readonly name: string;
  readonly route: CachedRoute;
  readonly paths: readonly string[];
}

/** The arguments of the triggers of tables, as `hotshelf_track` made them: beginning of the keys, key, groups. */
const TRACKED = `
  SELECT wanted.name, to_regclass(wanted.name) IS NOT NULL AS exists, (
    SELECT tgargs FROM pg_trigger
    WHERE tgrelid = to_regclass(wanted.name) AND tgname = 'zz_hotshelf_record_truncate'
  ) AS arguments
  FROM unnest($1::text[]) AS wanted (name)`;

interface Tracked {
  readonly name: string;
  readonly exists: boolean;
  /** A zero byte ends each. */
  readonly arguments: Buffer | null;
}

/** Finds mistakes that would serve outdated answers, or the answer of another key, when the application starts. */
@Injectable()
export class EntityChecks implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    @Inject(ALL_ENTITIES) private readonly entities: readonly Entity[],
    private readonly modules: ModulesContainer,
    private readonly database: DatabaseLink,
  ) {}

  /** @throws WiringError for a route that cannot be answered from the cache as it is written */
  onModuleInit(): void {
    for (const { name, route, paths } of this.handlers()) {
      const { entity, decorator, parameter } = route;
      if (!this.entities.includes(entity))
        throw new WiringError(
          'ENTITY_UNKNOWN',
          `${name} is @${decorator} of "${entity.prefix}", whose changes are not followed: write HotshelfModule.forFeature([…]) with this entity in the imports of its module`,
        );
      const path = paths.find((each) => parameter !== null && !each.split('/').includes(`:${parameter}`));
      if (path !== undefined)
        throw new WiringError(
          'PARAMETER_MISSING',
          `${name} is @${decorator} of "${entity.prefix}" by "${parameter}", and its path "${path}" has no ":${parameter}": write @Get(':${parameter}'), or @${decorator}(…, { param: '<the parameter that has the key>' })`,
        );
    }
  }

  /**
   * Compares the entities with the triggers of their tables. A Postgres that is away is not waited for: the relay watches the
   * triggers afterwards.
   *
   * @throws WiringError for a table that is not tracked, or not as its entity says
   */
  async onApplicationBootstrap(): Promise<void> {
    if (this.entities.length === 0) return;
    const tracked = await this.tracked();
    for (const entity of this.entities) {
      const found = tracked.find(({ name }) => name === relationText(entity.table));
      if (found !== undefined) checkTable(entity, found);
    }
  }

  private async tracked(): Promise<Tracked[]> {
    try {
      return await this.database.query<Tracked>(TRACKED, [
        this.entities.map(({ table }) => relationText(table)),
      ]);
    } catch (error) {
      if (error instanceof ProblemError) return [];
      throw error;
    }
  }

  private *handlers(): Generator<Handler> {
    const scanner = new MetadataScanner();
    const controllers = [...this.modules.values()].flatMap((module) => [...module.controllers.values()]);
    for (const { metatype } of controllers) {
      if (typeof metatype !== 'function') continue;
      for (const method of scanner.getAllMethodNames(metatype.prototype)) {
        const handler = metatype.prototype[method];
        const route: CachedRoute | undefined = Reflect.getMetadata(CACHED_ROUTE, handler);
        if (route === undefined) continue;
        const paths = pathsOf(metatype).flatMap((front) =>
          pathsOf(handler).map((back) => `${front}/${back}`),
        );
        yield {
          name: `${metatype.name}.${method}`,
          route,
          paths: paths.map((path) => path.replace(/\/{2,}/g, '/')),
        };
      }
    }
  }
}

function checkTable(entity: Entity, { exists, arguments: found }: Tracked): void {
  const { table, prefix, key, groups } = entity;
  const write = `write in a migration: ${trackTable(entity)}`;
  if (!exists)
    throw new WiringError('TABLE_UNTRACKED', `the table "${table}" does not exist: run its migration`);
  if (found === null)
    throw new WiringError('TABLE_UNTRACKED', `no trigger records changes of the table "${table}": ${write}`);
  const [beginning = '', column = '', ...begun] = found.toString().split('\0').slice(0, -1);
  if (beginning !== `${prefix}:` || column !== key)
    throw new WiringError(
      'TRACKED_OTHERWISE',
      `changes of the table "${table}" are recorded for keys "${beginning}<${column}>", and the entity has "${prefix}:<${key}>": ${write}`,
    );
  const missing = groups.filter((group) => !begun.includes(group));
  if (missing.length > 0)
    throw new WiringError(
      'TRACKED_OTHERWISE',
      `no change of the table "${table}" begins the groups ${missing.join(', ')}, so lists by them would never change: ${write}`,
    );
}
