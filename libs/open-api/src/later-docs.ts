import type * as swagger from '@nestjs/swagger';

type Swagger = typeof swagger;

/** What was described so far and is not applied yet, in the order of the code. */
const waiting: ((swagger: Swagger) => void)[] = [];

/**
 * The decorator of Nest's package under the same name. It takes note of the description, and `loadDocs` applies it: the package
 * is large, and a process that serves no document never needs it.
 */
function later<Name extends keyof Swagger & `Api${string}`>(name: Name): Swagger[Name] {
  const decoratorOf =
    (...args: unknown[]) =>
    (...target: unknown[]) => {
      waiting.push((loaded) => {
        const make = loaded[name] as (...args: unknown[]) => (...target: unknown[]) => void;
        make(...args)(...target);
      });
    };
  return decoratorOf as unknown as Swagger[Name];
}

export const ApiBearerAuth = later('ApiBearerAuth');
export const ApiBody = later('ApiBody');
export const ApiConsumes = later('ApiConsumes');
export const ApiExtraModels = later('ApiExtraModels');
export const ApiHeader = later('ApiHeader');
export const ApiOkResponse = later('ApiOkResponse');
export const ApiOperation = later('ApiOperation');
export const ApiParam = later('ApiParam');
export const ApiProperty = later('ApiProperty');
export const ApiQuery = later('ApiQuery');
export const ApiResponse = later('ApiResponse');
export const ApiSchema = later('ApiSchema');
export const ApiTags = later('ApiTags');

/**
 * Loads Nest's package and applies the descriptions. Call it before a document is made.
 *
 * @returns the package
 */
export async function loadDocs(): Promise<Swagger> {
  const loaded = await import('@nestjs/swagger');
  for (const apply of waiting.splice(0)) apply(loaded);
  return loaded;
}
