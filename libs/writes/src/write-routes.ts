import { randomBytes } from 'node:crypto';
import {
  createParamDecorator,
  type ExecutionContext,
  Headers,
  type PipeTransform,
  Res,
} from '@nestjs/common';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { fingerprintOf, type IdempotentRequest } from '#libs/db';
import {
  entityIdRule,
  entityIdSchema,
  invalidFields,
  isEntityId,
  JSON_MEDIA_TYPE,
  jsonBodyOf,
  validate,
  writerIdOf,
} from '#libs/http';
import { ApiBody, ApiConsumes, ApiProperty, ApiSchema } from '#libs/open-api';
import type { WriteResult } from './entity-writes.js';

export const MAX_NAME_CHARACTERS = 200;

/** Nothing that moves a cursor or ends a line belongs into a name: C0, DEL, C1 and Unicode's two separators. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

const CONTROL_CLASS = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029';

/** The rule of a name as a pattern of JSON Schema: something else than spaces; around it, if it is trimmed, any. */
const namePattern = `^\\s*[^\\s${CONTROL_CLASS}](?:[^${CONTROL_CLASS}]*[^\\s${CONTROL_CLASS}])?\\s*$`;

/** A rule with a name that clients can rely on, and its words. */
export const breaks = (rule: string, message: string) => ({ params: { rule }, message });

/** As Postgres counts them: a character outside the basic plane is one, not two. */
const charactersOf = (text: string) => Array.from(text).length;

/** In JSON Schema, for what a refinement demands. */
const { pattern } = entityIdSchema;

export const idField = z.string().refine(isEntityId, breaks('pattern', entityIdRule)).meta({ pattern });

/** An id that a body may repeat, and that its address gives. */
export const repeatedId = z
  .unknown()
  .meta({ ...entityIdSchema, description: 'The id in the address, if it is given.' })
  .optional();

export const nameField = z
  .string()
  .trim()
  .refine((text) => text !== '', breaks('min_length', 'must have a character that is no space'))
  .refine(
    (text) => charactersOf(text) <= MAX_NAME_CHARACTERS,
    breaks('max_length', `must have ${MAX_NAME_CHARACTERS} characters at most`),
  )
  .refine((text) => !CONTROL.test(text), breaks('control_characters', 'must have no control characters'))
  .refine((text) => text.isWellFormed(), breaks('unicode', 'must be Unicode, without half of a pair'))
  .meta({
    minLength: 1,
    maxLength: MAX_NAME_CHARACTERS,
    pattern: namePattern,
    description: 'Kept trimmed.',
  });

/** Read-only fields: refused, and not documented. */
export const readOnlyField = z
  .custom<never>(() => false, breaks('read_only', 'is set by the service'))
  .meta({ readOnly: true })
  .optional();

type Schema = z.ZodObject<z.ZodRawShape>;

interface Given {
  readonly body: unknown;
  /** Of the path. */
  readonly id: string | undefined;
}

const Given = createParamDecorator((mediaTypes: readonly string[], context: ExecutionContext): Given => {
  const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id?: string } }>>();
  return { body: jsonBodyOf(request, mediaTypes), id: request.params.id };
});

/** Validates a body, and the id that it repeats. */
class InputPipe implements PipeTransform<Given> {
  constructor(private readonly schema: Schema) {}

  /** @throws ProblemError `REQUEST_INVALID` */
  transform({ body, id }: Given): unknown {
    if (id === undefined) return validate(this.schema, body);
    // The pipe of the id refuses it, and the body is not looked at.
    if (!isEntityId(id)) return undefined;
    if (this.schema.shape['id'] === undefined) return validate(this.schema, body);
    const { id: _repeated, ...input } = validate(this.schema, body, otherId(id, body));
    return input;
  }
}

/**
 * The error of a body that names another id than its address; none if it repeats that one or has none.
 *
 * @param id the id in the path
 */
function otherId(id: string, body: unknown) {
  if (typeof body !== 'object' || body === null || !('id' in body) || body.id === id) return [];
  return [{ field: 'id', rule: 'equal', message: `must be ${id}, as in the address: it cannot be changed` }];
}

/**
 * The body of a request, validated, and described in the OpenAPI document by the same schema. If the path has an `:id`, a body
 * whose schema has an `id` may repeat it, and give no other; its member is left out.
 *
 * @param schema with a `title` and a `description`
 * @param mediaTypes that the route takes beside `application/json`; default: none
 */
export function Input(schema: Schema, mediaTypes: readonly string[] = []): ParameterDecorator {
  const taken = [JSON_MEDIA_TYPE, ...mediaTypes];
  const Parameter = Given(taken, new InputPipe(schema));
  const type = documentedClass(schema);
  return (target, key, index) => {
    Parameter(target, key, index);
    const method = Object.getOwnPropertyDescriptor(target, key ?? '');
    if (key === undefined || method === undefined) return;
    ApiBody({ type })(target, key, method);
    if (mediaTypes.length > 0) ApiConsumes(...taken.toReversed())(target, key, method);
  };
}

const INPUT = { io: 'input', unrepresentable: 'any' } as const;

/** A class as Nest's document wants one, with a property for each field that can be given. */
function documentedClass(schema: Schema): new () => unknown {
  class Documented {}
  const { title: name = '', description = '' } = schema.meta() ?? {};
  ApiSchema({ name, description })(Documented);
  for (const [field, rule] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
    const { $schema, anyOf: [or] = [], ...property } = z.toJSONSchema(rule, INPUT);
    const nullable = or === undefined ? {} : { ...or, nullable: true };
    const options = { ...nullable, ...property, required: !rule.isOptional() } as ApiPropertyOptions;
    if (property['readOnly'] !== true) ApiProperty(options)(Documented.prototype, field);
  }
  return Documented;
}

/**
 * Makes an id that no other entity has or will have: 80 bits of chance, in letters that no file system or eye confuses by case.
 *
 * @param prefix what it begins with: `prod`
 */
export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(10).toString('hex')}`;
}

const HEADER = 'Idempotency-Key';
const BARE = /^[\x21\x23-\x7e][\x21-\x7e]{0,254}$/;
/** A string of structured fields (RFC 9651 §3.3.3). */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;
const MAX_LENGTH = 255;

/** Both as JSON Schema. */
export const idempotencyKeySchema = {
  type: 'string',
  pattern: '^(?:[!#-~][!-~]{0,254}|"(?:[ !#-\\[\\]-~]|\\\\["\\\\]){1,255}")$',
} as const;

/**
 * The key under which a client can safely send a request again (draft-ietf-httpapi-idempotency-key-header): a string in
 * quotes, as there, or bare, as most clients send it.
 *
 * @returns null if there is none
 * @throws ProblemError `REQUEST_INVALID` if it is neither
 */
function idempotencyKeyOf({ headers }: FastifyRequest): string | null {
  const value = headers['idempotency-key'];
  if (value === undefined) return null;
  const text = String(value).trim();
  if (BARE.test(text)) return text;
  const key = QUOTED.exec(text)?.[1]?.replace(/\\(.)/g, '$1');
  if (key !== undefined && key.length <= MAX_LENGTH) return key;
  throw invalidFields([
    {
      field: HEADER,
      rule: 'syntax',
      message:
        'must be 1 to 255 visible ASCII characters, or 1 to 255 ASCII characters as a string in quotes',
    },
  ]);
}

/**
 * The request as a repeatable attempt; null if it has no `Idempotency-Key`.
 *
 * @param input its body after validation
 * @throws ProblemError `REQUEST_INVALID` for a key that is none
 */
export function attemptOf(
  request: FastifyRequest,
  input: Parameters<typeof fingerprintOf>[2],
): IdempotentRequest | null {
  const key = idempotencyKeyOf(request);
  if (key === null) return null;
  const [path = ''] = request.url.split('?', 1);
  return { owner: writerIdOf(request), key, fingerprint: fingerprintOf(request.method, path, input) };
}

/** The header If-Match of a request. */
export const IfMatch = () => Headers('if-match');

/** The reply, for `sendResult`. */
export const Reply = () => Res({ passthrough: true });

/** Answers a write. The answer is true now and for this writer alone, so no cache may store it. */
export function sendResult<T>(reply: FastifyReply, result: WriteResult<T>): Buffer | undefined {
  reply.header('cache-control', 'no-store');
  if (result.kind === 'removed') {
    reply.code(204);
    return undefined;
  }
  const { status, etag, location, body } = result.answer;
  reply.code(status).headers({ etag, 'content-type': 'application/json; charset=utf-8' });
  if (location !== null) reply.header('location', location);
  if (result.kind === 'replayed') reply.header('idempotency-replayed', 'true');
  return Buffer.from(body);
}
