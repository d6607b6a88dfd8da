import { type ExecutionContext, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { hasGlobalEnhancers, hasPipes, interceptorsOf, pathParametersOf } from '#libs/internals/nest';

/** The route parameters by name, as the router decodes them. */
type Params = Readonly<Record<string, string>>;

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
