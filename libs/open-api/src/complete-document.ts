import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE, type ProblemCode } from '#libs/errors';
import {
  FIELD_ERROR_SCHEMA,
  problemAnswers,
  problemCodes,
  problemExamples,
  problemSchema,
} from './answer-docs.js';
import {
  ANSWER_HEADERS,
  type AnswerHeader,
  answerHeaders,
  RATE_LIMIT_HEADERS,
  REQUEST_HEADERS,
} from './headers.js';

type Path = OpenAPIObject['paths'][string];
type Operation = NonNullable<Path['get']>;

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

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

function operationsOf(path: Path): Operation[] {
  return METHODS.flatMap((method) => path[method] ?? []);
}

/** In a finished document: an answer, or the name of a shared one. */
type AnswerOrReference = NonNullable<Operation['responses'][string]>;

/**
 * Moves error responses that several operations share into the document's components. Repeated in each operation they were
 * most of the document. A response of a single operation stays in place.
 *
 * @returns the components, by name
 */
function shareAnswers(paths: OpenAPIObject['paths']): Record<string, AnswerOrReference> {
  const all = Object.values(paths)
    .flatMap(operationsOf)
    .map(({ responses }) => responses as Record<string, AnswerOrReference>);
  const uses = Map.groupBy(
    all.flatMap((answers) => Object.values(answers)),
    (answer) => JSON.stringify(answer),
  );
  const shared = new Map<string, string>();
  const components: Record<string, AnswerOrReference> = {};
  for (const answers of all) {
    for (const [status, answer] of Object.entries(answers)) {
      const text = JSON.stringify(answer);
      if (!isRefusal(status, answer) || (uses.get(text)?.length ?? 0) < 2) continue;
      const name = shared.get(text) ?? freeName(nameOf(status, answer), components);
      shared.set(text, name);
      components[name] = answer;
      answers[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  return components;
}

function isRefusal(status: string, answer: AnswerOrReference): boolean {
  return status === '304' || ('content' in answer && PROBLEM_MEDIA_TYPE in (answer.content ?? {}));
}

/** Named after its problems, as `UriTooLong`. A rate-limited route has more headers, so its responses differ. */
function nameOf(status: string, answer: AnswerOrReference): string {
  if ('$ref' in answer || status === '304') return 'NotModified';
  const codes = Object.keys(answer.content?.[PROBLEM_MEDIA_TYPE]?.examples ?? {});
  const isCounted = status !== '429' && 'RateLimit-Limit' in (answer.headers ?? {});
  const name = codes.map(pascalCase).join('Or');
  return isCounted ? `${name}Counted` : name;
}

/** Cached routes return the same problems with other headers; they get a number. */
function freeName(name: string, taken: Readonly<Record<string, unknown>>): string {
  let free = name;
  for (let n = 2; free in taken; n += 1) free = `${name}${n}`;
  return free;
}

function pascalCase(code: string): string {
  return code.replace(
    /([A-Z])([A-Z]*)_?/g,
    (_all, first: string, rest: string) => first + rest.toLowerCase(),
  );
}

/**
 * Moves each schema with a `title` into the document's components under that name. A generated client then has one named
 * type for it. Schemas of classes are already there.
 *
 * @returns the components, by name
 */
function shareTitledSchemas(paths: OpenAPIObject['paths']): Record<string, object> {
  const components: Record<string, object> = {};
  for (const { responses } of Object.values(paths).flatMap(operationsOf)) {
    for (const { content = {} } of Object.values(responses as Record<string, { content?: Contents }>)) {
      for (const media of Object.values(content)) media.schema = moved(media.schema, components);
    }
  }
  return components;
}

type Contents = Record<string, { schema?: unknown }>;

function moved(schema: unknown, components: Record<string, object>): unknown {
  if (Array.isArray(schema)) return schema.map((each) => moved(each, components));
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, moved(value, components)]),
  );
  const { title, ...rest } = inner;
  if (typeof title !== 'string') return inner;
  components[title] = rest;
  return { $ref: `#/components/schemas/${title}` };
}
