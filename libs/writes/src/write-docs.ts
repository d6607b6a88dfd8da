import { applyDecorators, type Type } from '@nestjs/common';
import type { ProblemCode } from '#libs/errors';
import { entityIdSchema } from '#libs/http';
import {
  type AnswerHeader,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
  answerHeaders,
  ProblemDocs,
} from '#libs/open-api';
import { idempotencyKeySchema } from './write-routes.js';

const OnEntity = (example: string) => ApiParam({ name: 'id', schema: { ...entityIdSchema, example } });

// Of a route that takes no body, too: one that is sent is read before any code asks for it.
const BodyProblems = () => ProblemDocs('REQUEST_INVALID', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED');

const Conditional = (noun: string) =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: `Only if the ${noun} has one of these tags, or \`*\`.`,
    schema: { type: 'string', example: '"I7iJdYiej1U63I_iM_DH6V"' },
  });

export const Idempotent = () =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Chosen by the client; the same request under the same key is made once, for 24 hours.',
    schema: { ...idempotencyKeySchema, example: 'order-4711' },
  });

/** The answer of a write that made or changed something. */
const Answers = (type: Type, status: 200 | 201, description: string, more: readonly AnswerHeader[] = []) =>
  ApiResponse({ status, description, type, headers: answerHeaders('ETag', 'Cache-Control', ...more) });

/** A kind of thing that is written, as the OpenAPI document has it. */
export interface WrittenKind {
  /** `article` */
  readonly noun: string;
  /** An id that there may be. */
  readonly example: string;
  /** The answer about one. */
  readonly type: Type;
  /** The problem of an id that is taken. */
  readonly exists: ProblemCode;
  /** The problem of an id that there is none of. */
  readonly missing: ProblemCode;
}

/** Decorators that describe the usual writes of a kind of thing. */
export function writeDocs({ noun, example, type, exists, missing }: WrittenKind) {
  const operation = (verb: string, summary: string, description?: string) =>
    ApiOperation({
      operationId: `${verb}${noun.charAt(0).toUpperCase()}${noun.slice(1)}`,
      summary,
      ...(description !== undefined && { description }),
    });
  const ofChanges: readonly ProblemCode[] = [
    missing,
    'PRECONDITION_FAILED',
    'PRECONDITION_REQUIRED',
    'WRITE_UNAVAILABLE',
    'OVERLOADED',
  ];
  /** Of a route of one of them, by its id. */
  const OfOne = () => applyDecorators(OnEntity(example), Conditional(noun));
  /** @param more headers that the answer has besides; default: none */
  const Changed = (more: readonly AnswerHeader[] = []) =>
    applyDecorators(Answers(type, 200, `The ${noun} as it is now.`, more), BodyProblems());
  const Change = () => applyDecorators(OfOne(), Changed(), ProblemDocs(...ofChanges));
  return {
    OfOne,
    Changed,
    Create: () =>
      applyDecorators(
        operation('create', `Make a ${noun}`),
        Idempotent(),
        Answers(type, 201, `The ${noun} that was made.`, ['Location', 'Idempotency-Replayed']),
        BodyProblems(),
        ProblemDocs(
          exists,
          'IDEMPOTENCY_IN_PROGRESS',
          'IDEMPOTENCY_KEY_REUSED',
          'WRITE_UNAVAILABLE',
          'OVERLOADED',
        ),
      ),
    /** @param description what else is to be known; default: nothing */
    Replace: (description?: string) =>
      applyDecorators(operation('replace', `Replace a ${noun}`, description), Change()),
    Patch: () =>
      applyDecorators(
        operation(
          'patch',
          `Change parts of a ${noun}`,
          'A JSON merge patch (RFC 7396); `{}` changes nothing.',
        ),
        Change(),
      ),
    /**
     * @param description as of `Replace`
     * @param problems that there are besides; default: none
     */
    Remove: (description?: string, ...problems: readonly ProblemCode[]) =>
      applyDecorators(
        operation('delete', `Remove a ${noun}`, description),
        OfOne(),
        ApiResponse({ status: 204, description: 'It is gone.', headers: answerHeaders('Cache-Control') }),
        BodyProblems(),
        ProblemDocs(...ofChanges, ...problems),
      ),
  };
}
