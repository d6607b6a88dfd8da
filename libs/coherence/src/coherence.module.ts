import { type DynamicModule, type FactoryProvider, Module, type Provider, type Type } from '@nestjs/common';
import type { CacheKey } from '#libs/cache';
import { COHERENCE } from '#libs/cache/nest';
import {
  DatabaseLink,
  DbModule,
  quotedName,
  quotedRelation,
  recordedTable,
  type TrackedTable,
} from '#libs/db';
import { RedisModule } from '#libs/redis/nest';
import { ResilienceModule } from '#libs/resilience/nest';
import { ChangeApplier, GroupsOf, WriteThrough } from './change-applier.js';
import { ChangeFeed } from './change-feed.js';
import { HistoryWatch, RecordedTables, RecordingWatch } from './database-watch.js';
import { CoherenceEvents } from './events.js';
import { ConsistencyMeter, LagMeter, OriginVersions } from './meters.js';
import { BacklogNews } from './news.js';
import { OutboxDrain } from './outbox-drain.js';
import { Relay } from './relay.js';
import { TrustWatch } from './trust-watch.js';
import { Watermark } from './watermark.js';

export interface CoherenceOptions {
  readonly groupsOf: GroupsOf;
  readonly originVersions: Type<OriginVersions>;
  readonly tables: RecordedTables['of'];
  readonly imports: NonNullable<DynamicModule['imports']>;
}

/** The beginnings of the keys that are cached of some tables: those of their rows, and of the groups of their lists. */
export function prefixesOf(tables: readonly TrackedTable[]): string[] {
  return [
    ...new Set(tables.flatMap(({ prefix, groups = [] }) => [prefix, ...groups].map((each) => `${each}:`))),
  ];
}

/** Where the tables come from, as for a provider. */
export type TablesFactory = Pick<FactoryProvider<readonly TrackedTable[]>, 'inject' | 'useFactory'>;

const TABLES = Symbol('tracked tables');

function tablesByPrefix(tables: readonly TrackedTable[]): RecordedTables['of'] {
  const tablesOf = (prefix: string) =>
    tables.filter((each) => prefixesOf([each]).includes(prefix)).map(({ table }) => recordedTable(table));
  return Object.fromEntries(prefixesOf(tables).map((prefix) => [prefix, tablesOf(prefix)]));
}

@Module({})
export class CoherenceModule {
  /**
   * For tables that `trackTable` has made coherent.
   *
   * @param tables those that answers are made of; their triggers are watched
   */
  static forTables(tables: readonly TrackedTable[]): DynamicModule {
    return CoherenceModule.forTablesAsync({ inject: [], useFactory: () => tables });
  }

  /** The same with tables that are known when the modules are. */
  static forTablesAsync(tables: TablesFactory): DynamicModule {
    return CoherenceModule.compose(
      [DbModule],
      { of: () => [] },
      { provide: TABLES, ...tables },
      {
        provide: RecordedTables,
        inject: [TABLES],
        useFactory: (known: readonly TrackedTable[]): RecordedTables => ({ of: tablesByPrefix(known) }),
      },
      {
        provide: OriginVersions,
        inject: [DatabaseLink, TABLES],
        useFactory: (database: DatabaseLink, known: readonly TrackedTable[]): OriginVersions => ({
          of: (keys) => versionsOf(database, known, keys),
        }),
      },
    );
  }

  /**
   * @param groupsOf the groups that a change of a key makes stale
   * @param originVersions a provider of the origin's versions, for the consistency meter
   * @param tables the tables that answers are made of, by the beginnings of their keys; their triggers are watched
   * @param imports the modules that this provider needs
   */
  static forRoot({ originVersions, groupsOf, tables, imports }: CoherenceOptions): DynamicModule {
    return CoherenceModule.compose(
      imports,
      groupsOf,
      { provide: RecordedTables, useValue: { of: tables } },
      { provide: OriginVersions, useClass: originVersions },
    );
  }

  private static compose(
    imports: CoherenceOptions['imports'],
    groupsOf: GroupsOf,
    ...ofTables: Provider[]
  ): DynamicModule {
    return {
      module: CoherenceModule,
      imports: [RedisModule, ResilienceModule, ...imports],
      global: true,
      providers: [
        { provide: GroupsOf, useValue: groupsOf },
        ...ofTables,
        { provide: COHERENCE, useValue: true },
        CoherenceEvents,
        RecordingWatch,
        Watermark,
        ChangeApplier,
        BacklogNews,
        OutboxDrain,
        HistoryWatch,
        LagMeter,
        Relay,
        TrustWatch,
        ConsistencyMeter,
        WriteThrough,
        ChangeFeed,
      ],
      exports: [ChangeFeed, COHERENCE, CoherenceEvents, RecordingWatch, WriteThrough],
    };
  }
}

/** The versions of rows as Postgres has them, for the consistency meter. */
async function versionsOf(
  database: DatabaseLink,
  tables: readonly TrackedTable[],
  keys: readonly CacheKey[],
): Promise<ReadonlyMap<CacheKey, number>> {
  const found = tables.map(async ({ table, key, prefix }) => {
    const names = keys
      .filter((each) => each.startsWith(`${prefix}:`))
      .map((each) => each.slice(prefix.length + 1));
    if (names.length === 0) return [];
    const column = quotedName(key);
    const select = `SELECT ${column}::text AS key, version FROM ${quotedRelation(table)} WHERE ${column}::text = ANY($1)`;
    const rows = await database.query<{ key: string; version: string }>(select, [names]);
    return rows.map((row) => [`${prefix}:${row.key}` as CacheKey, Number(row.version)] as const);
  });
  return new Map((await Promise.all(found)).flat());
}
