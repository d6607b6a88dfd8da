import type { OpenAPIObject } from '@nestjs/swagger';
import type { ProblemCode } from '#libs/errors';
import { ANSWER_HEADERS } from './answer-headers.js';
import { completeOperation, operationsOf, problemsOf } from './operations.js';
import { FIELD_ERROR_SCHEMA, PROBLEM_EXAMPLES, PROBLEM_SCHEMA } from './problem-schema.js';
import { REQUEST_HEADERS } from './request-headers.js';
import { strict } from './strict-schemas.js';

type Schemas = NonNullable<OpenAPIObject['components']>['schemas'];

/** Whatever the route, the parser, a hook or a fault can answer with these. */
const OF_EVERY_ROUTE: readonly ProblemCode[] = [
  'REQUEST_INVALID',
  'REQUEST_TIMEOUT',
  'URI_TOO_LONG',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
];

/**
 * Adds to a document what no single route tells: the problems and headers of all of them, and that a schema names
 * all that there is.
 *
 * @param ofWriters the problems of every route that asks for a key
 */
export function completeDocument(document: OpenAPIObject, ofWriters: readonly ProblemCode[]): OpenAPIObject {
  const { paths, components = {} } = document;
  for (const path of Object.values(paths)) {
    path.parameters = Object.keys(REQUEST_HEADERS).map((name) => ({
      $ref: `#/components/parameters/${name}`,
    }));
    for (const operation of operationsOf(path)) {
      const needsKey = operation.security !== undefined;
      completeOperation(operation, [...OF_EVERY_ROUTE, ...(needsKey ? ofWriters : [])], needsKey);
    }
  }
  const told = new Set(Object.values(paths).flatMap(operationsOf).flatMap(problemsOf));
  const shared = sharedComponents(components.schemas, told);
  return { ...document, security: [], components: { ...components, ...shared } };
}

function sharedComponents(schemas: Schemas, problems: ReadonlySet<string>) {
  const all = { ...schemas, Problem: PROBLEM_SCHEMA, FieldError: FIELD_ERROR_SCHEMA };
  return {
    schemas: Object.fromEntries(Object.entries(all).map(([name, schema]) => [name, strict(schema)])),
    parameters: REQUEST_HEADERS,
    headers: ANSWER_HEADERS,
    examples: Object.fromEntries(Object.entries(PROBLEM_EXAMPLES).filter(([code]) => problems.has(code))),
  };
}
