import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** An object has the properties that it names and no others: what is answered is all told, what is taken is all read. */
export function strict(schema: Schemas[string]): Schemas[string] {
  if (!('properties' in schema)) return schema;
  return { additionalProperties: false, ...schema };
}
