import { Controller, type DynamicModule, Get, Req, type Type } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { register } from 'prom-client';
import { readConfig } from '#libs/config';
import { runMigrations, trackTable } from '#libs/db';
import { type Entity, InjectEntity } from '#libs/entities';
import { createService, HotshelfModule, type HotshelfOptions } from '#libs/service';
import { type Catalogue, createDatabase } from './catalogue.ts';

export interface Route {
  readonly params: Record<string, string>;
  readonly query: Record<string, string>;
}

/** A controller of one cached route; the tests run without a compiler that knows decorators. */
export function controllerOf<Store>(
  path: string,
  decorator: MethodDecorator,
  entity?: Entity,
  handle: (store: Store, request: Route) => unknown = () => undefined,
): Type {
  class Routes {
    private readonly store: Store;

    constructor(store: Store) {
      this.store = store;
    }

    one(request: Route) {
      return handle(this.store, request);
    }
  }
  if (entity !== undefined) InjectEntity(entity)(Routes, undefined, 0);
  const method = Object.getOwnPropertyDescriptor(Routes.prototype, 'one') ?? {};
  for (const each of [Get(path), decorator]) each(Routes.prototype, 'one', method);
  Req()(Routes.prototype, 'one', 0);
  Controller()(Routes);
  return Routes;
}

/** A database of books, tracked: 1 and 2 of ann, 3 of bob. */
export async function createBooks(): Promise<Catalogue> {
  const database = await createDatabase();
  await runMigrations(readConfig({ DATABASE_URL: database.url }, ['database']).database);
  await database.sql('CREATE TABLE books (id integer PRIMARY KEY, author text NOT NULL)');
  await database.sql(trackTable({ table: 'books', key: 'id', prefix: 'book', groups: ['author'] }));
  await database.sql(`INSERT INTO books VALUES (1, 'ann'), (2, 'ann'), (3, 'bob')`);
  return database;
}

export interface EntityAppOptions {
  readonly entities: Parameters<typeof HotshelfModule.forFeature>[0];
  readonly controllers: Type[];
  /** Default: `HotshelfModule.forRoot(options)`. */
  readonly root?: () => DynamicModule;
  readonly options?: HotshelfOptions;
  /** For an application that Nest starts on it. Default: one that `startService` starts. */
  readonly adapter?: AbstractHttpAdapter;
  /** The beginning of the paths of all routes. Default: none. */
  readonly prefix?: string;
}

export interface EntityApp {
  readonly url: string;
  get(path: string): Promise<{ status: number; headers: Headers; body: unknown }>;
  provider<T>(token: unknown): T;
  close(): Promise<void>;
}

/** A service of entities in this process, by default with everything that `startService` puts in front of its routes. */
export async function startEntityApp(application: EntityAppOptions): Promise<EntityApp> {
  // Metrics are the process's; here it has one application after another.
  register.clear();
  const { entities, controllers, options = {} } = application;
  const settings = { LOG_LEVEL: 'silent', ...options.settings };
  const { adapter, root = () => HotshelfModule.forRoot({ ...options, settings }) } = application;
  class Root {}
  const imports = [root(), HotshelfModule.forFeature(entities)];
  const module: DynamicModule = { module: Root, imports, controllers };
  const app =
    adapter === undefined
      ? await createService(module, readConfig({}, ['server', 'edge']))
      : await NestFactory.create(module, adapter, { logger: false, abortOnError: false });
  if (application.prefix !== undefined) app.setGlobalPrefix(application.prefix);
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const url = await app.getUrl();
  return {
    url,
    get: async (path) => {
      const response = await fetch(url + path);
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? null : JSON.parse(text),
      };
    },
    provider: <T>(token: unknown) => app.get<T>(token as Type<T>, { strict: false }),
    close: () => app.close(),
  };
}
