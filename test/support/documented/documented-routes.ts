import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Documented {
  readonly description?: string;
  readonly headers?: Readonly<Record<string, Header | Reference>>;
  readonly content?: Readonly<Record<string, { schema: Schema }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Readonly<Record<string, Documented | Reference>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
}

export interface Header {
  readonly required: boolean;
  readonly schema: Schema;
}

export interface Reference {
  readonly $ref: string;
}

export type Schema = Readonly<Record<string, unknown>>;

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly headers: Readonly<Record<string, Header>>;
    readonly responses: Readonly<Record<string, Documented>>;
  };
}

/** The document as it is committed; a test holds it against the code. */
export const OPEN_API: OpenApi = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8'),
);

export const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

export interface Route {
  readonly template: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

const ROUTES = Object.entries(OPEN_API.paths).map(([template, operations]) => ({
  template,
  operations,
  pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** The route that an address is of; the literal one before the one with a parameter. */
export function routeOf(path: string): Route | undefined {
  const [pathname = ''] = path.split('?', 1);
  return (
    ROUTES.find(({ template }) => template === pathname) ??
    ROUTES.find(({ pattern }) => pattern.test(pathname))
  );
}

/** What the document says about a refused method, which is no operation of its own. */
export function methodsOf({ operations }: Route): string[] {
  const own = METHODS.filter((method) => method in operations).map((method) => method.toUpperCase());
  return [...own, ...(own.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
}

export function headerOf(header: Header | Reference): Header {
  if (!('$ref' in header)) return header;
  const found = OPEN_API.components.headers[header.$ref.slice('#/components/headers/'.length)];
  if (found === undefined) throw new Error(`there is no header ${header.$ref}`);
  return found;
}

export function answerOf(answer: Documented | Reference): Documented {
  if (!('$ref' in answer)) return answer;
  const found = OPEN_API.components.responses[answer.$ref.slice('#/components/responses/'.length)];
  if (found === undefined) throw new Error(`there is no answer ${answer.$ref}`);
  return found;
}
