import {
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PATH_METADATA,
  PIPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants';

/** The paths of a controller or of one of its methods; one empty path if it names none. */
export const pathsOf = (target: object): string[] =>
  [Reflect.getMetadata(PATH_METADATA, target) ?? ''].flat();

export const hasGuards = (target: object): boolean => Reflect.hasMetadata(GUARDS_METADATA, target);

export const hasPipes = (target: object): boolean => Reflect.hasMetadata(PIPES_METADATA, target);

/** The interceptors of a controller or of one of its methods: classes and instances. */
export const interceptorsOf = (target: object): unknown[] =>
  Reflect.getMetadata(INTERCEPTORS_METADATA, target) ?? [];

/** An argument of a method that `@Param('name')` marks. */
export interface PathParameter {
  readonly name: string;
  /** Its place among the arguments. */
  readonly index: number;
  /** Classes and instances. */
  readonly pipes: readonly unknown[];
}

/** Nest's name of an argument that `@Param()` marks: a number for that, and the argument's own. */
const OF_PARAM = /^5:\d+$/;

/** @returns null if one of the method's arguments is anything but a named parameter of the path */
export function pathParametersOf(controller: object, method: string): PathParameter[] | null {
  const known: Record<string, { index: number; data?: unknown; pipes?: unknown[] }> =
    Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {};
  const parameters: PathParameter[] = [];
  for (const [kind, { index, data, pipes = [] }] of Object.entries(known)) {
    if (!OF_PARAM.test(kind) || typeof data !== 'string') return null;
    parameters.push({ name: data, index, pipes });
  }
  return parameters;
}

const OF_ALL_ROUTES = [
  'getGlobalGuards',
  'getGlobalRequestGuards',
  'getGlobalPipes',
  'getGlobalRequestPipes',
  'getGlobalInterceptors',
  'getGlobalRequestInterceptors',
] as const;

type ApplicationConfig = Readonly<Partial<Record<(typeof OF_ALL_ROUTES)[number], () => readonly unknown[]>>>;

/**
 * Whether a guard, a pipe or an interceptor is there for all routes. Nest has no public name for it: where they are not
 * found, some may be.
 *
 * @param modules Nest's `ModuleRef`
 */
export function hasGlobalEnhancers(modules: object): boolean {
  const { container } = modules as { container?: { applicationConfig?: ApplicationConfig } };
  const config = container?.applicationConfig;
  return config === undefined || OF_ALL_ROUTES.some((name) => config[name]?.().length !== 0);
}
