import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE } from '#libs/errors';

type Path = OpenAPIObject['paths'][string];
export type Operation = NonNullable<Path['get']>;

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

export function operationsOf(path: Path): Operation[] {
  return METHODS.flatMap((method) => path[method] ?? []);
}

type Answer = NonNullable<Operation['responses'][string]>;

/**
 * Moves error responses that several operations share into the document's components. Repeated in each operation they were
 * most of the document. A response of a single operation stays in place.
 *
 * @returns the components, by name
 */
export function shareAnswers(paths: OpenAPIObject['paths']): Record<string, Answer> {
  const all = Object.values(paths)
    .flatMap(operationsOf)
    .map(({ responses }) => responses as Record<string, Answer>);
  const uses = Map.groupBy(
    all.flatMap((answers) => Object.values(answers)),
    (answer) => JSON.stringify(answer),
  );
  const shared = new Map<string, string>();
  const components: Record<string, Answer> = {};
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

function isRefusal(status: string, answer: Answer): boolean {
  return status === '304' || ('content' in answer && PROBLEM_MEDIA_TYPE in (answer.content ?? {}));
}

/** Named after its problems, as `UriTooLong`. A rate-limited route has more headers, so its responses differ. */
function nameOf(status: string, answer: Answer): string {
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
export function shareTitledSchemas(paths: OpenAPIObject['paths']): Record<string, object> {
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
