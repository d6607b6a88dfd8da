import { applyDecorators } from '@nestjs/common';
import type { ZodType } from 'zod';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemCode, problemType } from '#libs/errors';
import {
  ANSWER_HEADERS,
  type AnswerHeader,
  answerHeaders,
  CACHE_HEADERS,
  RATE_LIMIT_HEADERS,
  REQUEST_ID_SCHEMA,
} from './headers.js';
import { ApiHeader, ApiQuery, ApiResponse } from './later-docs.js';

/** JSON Schema (2020-12) as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>;

export const problemCodes = () => Object.keys(PROBLEMS) as ProblemCode[];

const text = (description: string) => ({ type: 'string', description, minLength: 1 });

export const FIELD_ERROR_SCHEMA: Schema = {
  type: 'object',
  description: 'One invalid field of the request.',
  required: ['field', 'rule', 'message'],
  additionalProperties: false,
  properties: {
    field: { type: 'string', description: 'Field, parameter or header; `body` for the whole body.' },
    rule: { ...text('Stable name of the rule.'), example: 'minimum' },
    message: {
      ...text('The rule in words. It continues a sentence that begins with the field.'),
      example: 'must be more than 0',
    },
  },
};

/**
 * The schema of every error response (RFC 9457).
 *
 * @param codes the problems that the routes of the document return
 */
export const problemSchema = (codes: readonly ProblemCode[]): Schema => ({
  type: 'object',
  description: 'A problem document (RFC 9457). Branch on `type` or `code`; the texts may change.',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', format: 'uri', enum: codes.map(problemType) },
    title: text('Summary of the problem type.'),
    status: { type: 'integer', enum: [...new Set(codes.map((code) => PROBLEMS[code].status))].sort() },
    detail: text('Description of this occurrence.'),
    code: { type: 'string', enum: codes },
    request_id: { ...REQUEST_ID_SCHEMA, description: 'Same as `X-Request-ID`. Include it in a bug report.' },
    errors: {
      type: 'array',
      description: 'The invalid fields, if known.',
      minItems: 1,
      items: { $ref: '#/components/schemas/FieldError' },
    },
  },
});

/** One example per code. */
export function problemExamples(codes: readonly ProblemCode[]) {
  return Object.fromEntries(
    codes.map((code) => [code, { summary: PROBLEMS[code].title, value: exampleOf(code) }]),
  );
}

function exampleOf(code: ProblemCode) {
  const { title, status } = PROBLEMS[code];
  const problem = { type: problemType(code), title, status, detail: `${title}.`, code };
  return { ...problem, request_id: REQUEST_ID_SCHEMA.example };
}

/** Additional headers by status. */
const HEADERS_OF_STATUS: Partial<Record<number, readonly AnswerHeader[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', ...RATE_LIMIT_HEADERS],
  503: ['Retry-After'],
};

/** Among the 409 problems only this one goes away with time. */
const RETRY_AFTER_THAT = {
  ...ANSWER_HEADERS['Retry-After'],
  required: false,
  description: 'With `IDEMPOTENCY_IN_PROGRESS`: seconds to wait before a retry.',
};

/** Documents the problems of one route. Those of every route are added by `completeDocument`. */
export function ProblemDocs(...codes: readonly ProblemCode[]): MethodDecorator {
  const answers = Object.entries(problemAnswers(codes));
  return applyDecorators(
    ...answers.map(([status, answer]) => ApiResponse({ status: Number(status), ...answer })),
  );
}

/** Responses by status; problems of one status share a response. */
export function problemAnswers(
  codes: readonly ProblemCode[],
): Record<number, ReturnType<typeof problemAnswer>> {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      problemAnswer(
        status,
        codes.filter((code) => PROBLEMS[code].status === status),
      ),
    ]),
  );
}

function problemAnswer(status: number, codes: readonly ProblemCode[]) {
  return {
    description: codes.map((code) => `${PROBLEMS[code].title} (\`${code}\`)`).join('; '),
    headers: {
      ...answerHeaders('Cache-Control', ...(HEADERS_OF_STATUS[status] ?? [])),
      ...(codes.includes('IDEMPOTENCY_IN_PROGRESS') && { 'Retry-After': RETRY_AFTER_THAT }),
    },
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

export interface CachedDocsOptions {
  readonly absent?: ProblemCode;
  readonly more?: readonly AnswerHeader[];
}

/**
 * Documents a route that the cache serves: conditional and `no-cache` requests, 304, cache headers, shedding.
 *
 * @param absent the problem of an absent entity, which is cached too; default: the entity always exists
 * @param more headers of its responses in addition to those of the cache
 */
export function CachedDocs({ absent, more = [] }: CachedDocsOptions = {}): MethodDecorator {
  return applyDecorators(
    ...(absent === undefined ? [] : [absentDocs(absent)]),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'Entity tags, or `*`. 304 if one of them matches.',
      schema: { type: 'string', example: '"I7iJdYiej1U63I_iM_DH6V"' },
    }),
    ApiHeader({
      name: 'Cache-Control',
      required: false,
      description: '`no-cache` bypasses every tier and reads the origin.',
      schema: { type: 'string', example: 'no-cache' },
    }),
    ApiResponse({
      status: 304,
      description: 'Not modified.',
      headers: answerHeaders(...CACHE_HEADERS, ...more),
    }),
    ProblemDocs('RATE_LIMITED', 'ORIGIN_UNAVAILABLE', 'OVERLOADED'),
  );
}

function absentDocs(code: ProblemCode): MethodDecorator {
  const { status } = PROBLEMS[code];
  const answer = problemAnswers([code])[status];
  return ApiResponse({
    status,
    ...answer,
    headers: { ...answer?.headers, ...answerHeaders('Cache-Status') },
  });
}

/**
 * Describes the parameters of a query by the schemas that read them: the metadata of each is its JSON Schema. None is required.
 *
 * @param rules by the names of the parameters
 */
export const QueryDocs = (rules: Readonly<Record<string, ZodType>>) =>
  applyDecorators(
    ...Object.entries(rules).map(([name, rule]) => {
      const { description = '', ...schema } = rule.meta() ?? {};
      const separated = schema['type'] === 'array' && { style: 'form' as const, explode: false };
      return ApiQuery({ name, required: false, ...separated, description, schema: schema as object });
    }),
  );
