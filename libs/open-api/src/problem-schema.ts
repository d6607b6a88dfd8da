import { PROBLEMS, type ProblemCode, problemType } from '#libs/errors';

/** JSON Schema (2020-12) as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>;

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** The id of a request, as it is taken over and returned. */
export const REQUEST_ID_SCHEMA = {
  type: 'string',
  pattern: '^[\\x21-\\x7e]{1,128}$',
  example: 'Yk3vQ0nRZ2aB-1f',
} as const;

const text = (description: string) => ({ type: 'string', description, minLength: 1 });

export const FIELD_ERROR_SCHEMA: Schema = {
  type: 'object',
  description: 'One broken rule of one field of the request.',
  required: ['field', 'rule', 'message'],
  additionalProperties: false,
  properties: {
    field: { type: 'string', description: 'The field, parameter or header; `body` for the whole body.' },
    rule: { ...text('A stable name of the rule.'), example: 'minimum' },
    message: {
      ...text('The rule in words, to follow the name of the field.'),
      example: 'must be more than 0',
    },
  },
};

/** Every error of every route is one of these (RFC 9457). */
export const PROBLEM_SCHEMA: Schema = {
  type: 'object',
  description: 'A problem document (RFC 9457). Branch on `type` or `code`; the texts may change.',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', format: 'uri', enum: CODES.map(problemType) },
    title: text('What this type of problem is, in words.'),
    status: { type: 'integer', enum: [...new Set(CODES.map((code) => PROBLEMS[code].status))].sort() },
    detail: text('What is wrong this time, in words.'),
    code: { type: 'string', enum: CODES },
    request_id: { ...REQUEST_ID_SCHEMA, description: 'As in `X-Request-ID`: quote it to report a fault.' },
    errors: {
      type: 'array',
      description: 'The fields that break a rule, where they are known.',
      minItems: 1,
      items: { $ref: '#/components/schemas/FieldError' },
    },
  },
};

/** One of each, by code. */
export const PROBLEM_EXAMPLES = Object.fromEntries(
  CODES.map((code) => [code, { summary: PROBLEMS[code].title, value: exampleOf(code) }]),
);

function exampleOf(code: ProblemCode) {
  const { title, status } = PROBLEMS[code];
  const problem = { type: problemType(code), title, status, detail: `${title}.`, code };
  return { ...problem, request_id: REQUEST_ID_SCHEMA.example };
}
