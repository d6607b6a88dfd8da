import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemCode } from '#libs/errors';
import { ANSWER_HEADERS, type AnswerHeader, answerHeaders, RATE_LIMIT_HEADERS } from './answer-headers.js';

/** What a problem of this status has beside the headers of every problem. */
const HEADERS_OF_STATUS: Partial<Record<number, readonly AnswerHeader[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', ...RATE_LIMIT_HEADERS],
  503: ['Retry-After'],
};

/** Of the conflicts of one status only that one ends by itself. */
const RETRY_AFTER_THAT = {
  ...ANSWER_HEADERS['Retry-After'],
  required: false,
  description: 'With `IDEMPOTENCY_IN_PROGRESS`: seconds after which to try again.',
};

/** Problems that a route can answer of its own; those of every route are added to the whole document. */
export function ProblemDocs(...codes: readonly ProblemCode[]): MethodDecorator {
  const answers = Object.entries(problemAnswers(codes));
  return applyDecorators(
    ...answers.map(([status, answer]) => ApiResponse({ status: Number(status), ...answer })),
  );
}

/** The answers of problems by status, those of one status together. */
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
