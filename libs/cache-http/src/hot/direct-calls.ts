import { type ExecutionContext, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { INTERCEPTORS_METADATA, PIPES_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { type ApplicationConfig, ModuleRef } from '@nestjs/core';

/** The route parameters by name, as the router decodes them. */
type Params = Readonly<Record<string, string>>;

/** Calls a controller's method as its route does: with what its pipes make of the parameters. */
export type DirectCall = (params: Params) => Promise<unknown>;

/** Nest's name of an argument that `@Param()` marks: a number for that, and the argument's own. */
const OF_PARAM = /^5:\d+$/;

/** What Nest knows of an argument of a method. */
interface Argument {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes?: readonly unknown[];
}

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
    if (!this.isBare() || !isAlone(controller, handler, interceptor)) return null;
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

  /** Whether no guard, pipe or interceptor is there for all routes. Nest has no public name for it: without one, some may be. */
  private isBare(): boolean {
    const { container } = this.modules as unknown as {
      container?: { applicationConfig?: ApplicationConfig };
    };
    const config = container?.applicationConfig;
    if (config === undefined) return false;
    const all = [
      config.getGlobalGuards(),
      config.getGlobalRequestGuards(),
      config.getGlobalPipes(),
      config.getGlobalRequestPipes(),
      config.getGlobalInterceptors(),
      config.getGlobalRequestInterceptors(),
    ];
    return all.every(({ length }) => length === 0);
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
  const own: unknown[] = Reflect.getMetadata(INTERCEPTORS_METADATA, handler) ?? [];
  return (
    own.length === 1 &&
    own[0] === interceptor &&
    !Reflect.hasMetadata(INTERCEPTORS_METADATA, controller) &&
    !Reflect.hasMetadata(PIPES_METADATA, controller) &&
    !Reflect.hasMetadata(PIPES_METADATA, handler)
  );
}

/** @returns null if one of the arguments is anything but a named parameter of the path */
function parametersOf(controller: Type<unknown>, method: string): readonly NamedParameter[] | null {
  const known: Record<string, Argument> = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {};
  const types: readonly Type<unknown>[] =
    Reflect.getMetadata('design:paramtypes', controller.prototype, method) ?? [];
  const parameters: NamedParameter[] = [];
  for (const [kind, { index, data, pipes = [] }] of Object.entries(known)) {
    if (!OF_PARAM.test(kind) || typeof data !== 'string' || !pipes.every(isPipe)) return null;
    parameters.push({ name: data, index, pipes, metatype: types[index] });
  }
  return parameters;
}

/** A pipe that is given by its class is made by Nest. */
function isPipe(pipe: unknown): pipe is PipeTransform {
  return typeof pipe === 'object' && pipe !== null && 'transform' in pipe;
}
