import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE, type ProblemCode } from '#libs/errors';
import {
  ANSWER_HEADERS,
  type AnswerHeader,
  answerHeaders,
  RATE_LIMIT_HEADERS,
  REQUEST_HEADERS,
} from './headers.js';
import {
  FIELD_ERROR_SCHEMA,
  problemAnswers,
  problemCodes,
  problemExamples,
  problemSchema,
} from './problem-docs.js';
import { type Operation, operationsOf, shareAnswers, shareTitledSchemas } from './shared-components.js';

type Schemas = NonNullable<OpenAPIObject['components']>['schemas'];

type HeaderExamples = Partial<Record<AnswerHeader, string>>;

/** Every route can return these, from the parser, a hook or a fault. */
const OF_EVERY_ROUTE: readonly ProblemCode[] = [
  'REQUEST_INVALID',
  'REQUEST_TIMEOUT',
  'URI_TOO_LONG',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
];

/** The problems of requests that match no route. */
const OF_NO_ROUTE: readonly ProblemCode[] = ['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED'];

/**
 * Completes a document with the parts that all routes share: common problems, headers and parameters. Closes every
 * schema against unknown properties.
 *
 * @param ofWriters the problems of every route that requires a key
 * @param examples values of headers, in the application's own terms
 */
export function completeDocument(
  document: OpenAPIObject,
  ofWriters: readonly ProblemCode[],
  examples: HeaderExamples,
): OpenAPIObject {
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
  const documented = new Set([
    ...Object.values(paths).flatMap(operationsOf).flatMap(problemsOf),
    ...OF_NO_ROUTE,
  ]);
  const schemas = { ...components.schemas, ...shareTitledSchemas(paths) } as Schemas;
  const shared = {
    ...sharedComponents(schemas, documented, examples),
    responses: shareAnswers(paths),
  };
  return { ...document, security: [], components: { ...components, ...shared } };
}

function sharedComponents(schemas: Schemas, problems: ReadonlySet<ProblemCode>, values: HeaderExamples) {
  const codes = problemCodes().filter((code) => problems.has(code));
  const all = { ...schemas, Problem: problemSchema(codes), FieldError: FIELD_ERROR_SCHEMA };
  return {
    schemas: Object.fromEntries(Object.entries(all).map(([name, schema]) => [name, strict(schema)])),
    parameters: REQUEST_HEADERS,
    headers: headersWith(values),
    examples: problemExamples(codes.filter((code) => !OF_NO_ROUTE.includes(code))),
  };
}

function headersWith(examples: HeaderExamples) {
  const replaced = Object.entries(examples).map(([name, example]) => {
    const header = ANSWER_HEADERS[name as AnswerHeader];
    return [name, { ...header, example }] as const;
  });
  return { ...ANSWER_HEADERS, ...Object.fromEntries(replaced) };
}

type Answer = Exclude<Operation['responses'][string], { $ref: string } | undefined>;

/**
 * Adds the shared problems and headers to an operation.
 *
 * @param problems added to the operation's own
 * @param limited whether the route has a rate limit
 */
function completeOperation(operation: Operation, problems: readonly ProblemCode[], limited: boolean): void {
  const answers = operation.responses as Record<string, Answer>;
  const refusals = problemAnswers([...new Set([...problemsOf(operation), ...problems])]);
  for (const [status, refusal] of Object.entries(refusals)) {
    answers[status] = { ...refusal, headers: { ...answers[status]?.headers, ...refusal.headers } };
  }
  const shared = answerHeaders('X-Request-ID', 'traceparent', ...(limited ? RATE_LIMIT_HEADERS : []));
  for (const answer of Object.values(answers)) answer.headers = { ...answer.headers, ...shared };
}

/** The problems that an operation documents. */
function problemsOf({ responses }: Operation): ProblemCode[] {
  return Object.values(responses as Record<string, Answer>).flatMap(
    ({ content }) => Object.keys(content?.[PROBLEM_MEDIA_TYPE]?.examples ?? {}) as ProblemCode[],
  );
}

/** Allows no properties other than the named ones. */
function strict(schema: NonNullable<Schemas>[string]): NonNullable<Schemas>[string] {
  if (!('properties' in schema)) return schema;
  return { additionalProperties: false, ...schema };
}
