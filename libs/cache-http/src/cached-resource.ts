import {
  type ExecutionContext,
  Injectable,
  NotFoundException,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type CacheKey, type Loaded, serialised } from '#libs/cache';
import { isEntityId } from '#libs/http';
import { hasGlobalEnhancers, hasPipes, interceptorsOf, pathParametersOf } from '#libs/internals/nest';

/** The route parameters by name, as the router decodes them. */
type Params = Readonly<Record<string, string>>;
/** As the router has parsed it. */
type Query = Readonly<Record<string, unknown>>;

/** How a route's answers are cached. `T` is what the controller's method returns. */
export interface CachedResourceOptions<T> {
  /**
   * The key of the thing that a request asks for; null where the request is not one to cache, such as an id
   * that cannot exist. It then goes to the controller as if there were no cache.
   */
  readonly key: (params: Params, query: Query) => CacheKey | null;
  /** The group that the answer belongs to: a change anywhere in it makes the answer stale. Default: none. */
  readonly group?: (params: Params, query: Query) => CacheKey;
  /** How long an answer is fresh, in milliseconds. Default: `CACHE_FRESH_TTL`. */
  readonly ttlMs?: number | undefined;
  /** The version that Postgres gave the thing. */
  readonly version: (value: T) => number;
  /** What a client sees of it. */
  readonly body: (value: T) => unknown;
  /** Whether an error says that there is no such thing. Default: none does. */
  readonly isAbsent?: (error: unknown) => boolean;
  /** The error that a client gets while it is remembered that there is no such thing. */
  readonly absentError?: (params: Params) => Error;
}

export const CACHED_RESOURCE = Symbol('cached resource');

/**
 * How a row is cached: under `<prefix>:<key>`, an unknown key too, an impossible one never. The method throws
 * NotFoundException if there is no such row, and otherwise returns it with its version, which no client sees.
 *
 * @param row the beginning of its keys, and the route's parameter that a key ends with
 */
export function rowResource<T extends { readonly version: number | string }>(row: {
  readonly prefix: string;
  readonly key: string;
}): CachedResourceOptions<T> {
  return {
    key: (params) => {
      const name = params[row.key];
      return isEntityId(name) ? `${row.prefix}:${name}` : null;
    },
    version: ({ version }) => Number(version),
    body: ({ version, ...shown }) => shown,
    isAbsent: (error) => error instanceof NotFoundException,
    absentError: () => new NotFoundException(),
  };
}

/**
 * Asks the business code for a thing, and gives what it says as the tiers keep it.
 *
 * @throws what `ask` throws, but for the error that says that there is no such thing
 */
export async function loadFrom<T>(options: CachedResourceOptions<T>, ask: () => Promise<T>): Promise<Loaded> {
  try {
    return loadedOf(options, await ask());
  } catch (error) {
    if (options.isAbsent?.(error)) return { state: 'absent', version: 0, freshMs: options.ttlMs };
    throw error;
  }
}

/** A value as the tiers keep it: the bytes that a client will get, serialised once. */
export function loadedOf<T>(options: CachedResourceOptions<T>, value: T): Loaded {
  const body = serialised(options.body(value));
  return { state: 'present', version: options.version(value), body, freshMs: options.ttlMs };
}

/** Calls a controller's method as its route does: with what its pipes make of the parameters. */
export type DirectCall = (params: Params) => Promise<unknown>;

interface NamedParameter {
  readonly name: string;
  readonly index: number;
  readonly pipes: readonly PipeTransform[];
  readonly metatype: Type<unknown> | undefined;
}

/**
 * Finds the methods that can be called without Nest: nothing stands between the route and the method but the caching
 * interceptor, and pipes that are there as they are. For any other method a load takes Nest's way.
 *
 * Errors are no matter of this: what a method or a pipe throws is thrown again within Nest, and meets its filters.
 */
@Injectable()
export class DirectCalls {
  constructor(private readonly modules: ModuleRef) {}

  /** @returns null for a method that only Nest can call */
  of(context: ExecutionContext, interceptor: Type<unknown>): DirectCall | null {
    const [controller, handler] = [context.getClass(), context.getHandler()];
    if (hasGlobalEnhancers(this.modules) || !isAlone(controller, handler, interceptor)) return null;
    const isMethod = (controller.prototype as Record<string, unknown>)[handler.name] === handler;
    const parameters = isMethod ? parametersOf(controller, handler.name) : null;
    const instance = parameters && this.instanceOf(controller);
    if (instance == null || parameters === null) return null;
    return async (params) => {
      const args: unknown[] = [];
      for (const { name, index, pipes, metatype } of parameters) {
        let value: unknown = params[name];
        for (const pipe of pipes)
          value = await pipe.transform(value, { type: 'param', data: name, metatype });
        args[index] = value;
      }
      return handler.apply(instance, args);
    };
  }

  /** Null for a controller that is made for each request. */
  private instanceOf(controller: Type<unknown>): unknown {
    try {
      return this.modules.get<unknown>(controller, { strict: false });
    } catch {
      return null;
    }
  }
}

function isAlone(controller: Type<unknown>, handler: object, interceptor: Type<unknown>): boolean {
  const own = interceptorsOf(handler);
  return (
    own.length === 1 &&
    own[0] === interceptor &&
    interceptorsOf(controller).length === 0 &&
    !hasPipes(controller) &&
    !hasPipes(handler)
  );
}

/** @returns null if one of the arguments is anything but a named parameter of the path, or has a pipe that Nest makes */
function parametersOf(controller: Type<unknown>, method: string): readonly NamedParameter[] | null {
  const types: readonly Type<unknown>[] =
    Reflect.getMetadata('design:paramtypes', controller.prototype, method) ?? [];
  const known = pathParametersOf(controller, method);
  if (known === null) return null;
  const parameters: NamedParameter[] = [];
  for (const { name, index, pipes } of known) {
    if (!pipes.every(isPipe)) return null;
    parameters.push({ name, index, pipes, metatype: types[index] });
  }
  return parameters;
}

/** A pipe that is given by its class is made by Nest. */
function isPipe(pipe: unknown): pipe is PipeTransform {
  return typeof pipe === 'object' && pipe !== null && 'transform' in pipe;
}
