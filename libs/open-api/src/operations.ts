import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE, type ProblemCode } from '#libs/errors';
import { answerHeaders, RATE_LIMIT_HEADERS } from './answer-headers.js';
import { problemAnswers } from './problem-docs.js';

type Path = OpenAPIObject['paths'][string];
export type Operation = NonNullable<Path['get']>;
type Answer = Exclude<Operation['responses'][string], { $ref: string } | undefined>;

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

export function operationsOf(path: Path): Operation[] {
  return METHODS.flatMap((method) => path[method] ?? []);
}

/**
 * Adds to an operation what it shares with others.
 *
 * @param problems those that it can answer beside its own
 * @param limited whether its requests are counted
 */
export function completeOperation(
  operation: Operation,
  problems: readonly ProblemCode[],
  limited: boolean,
): void {
  const answers = operation.responses as Record<string, Answer>;
  const refusals = problemAnswers([...new Set([...problemsOf(operation), ...problems])]);
  for (const [status, refusal] of Object.entries(refusals)) {
    answers[status] = { ...refusal, headers: { ...answers[status]?.headers, ...refusal.headers } };
  }
  const shared = answerHeaders('X-Request-ID', 'traceparent', ...(limited ? RATE_LIMIT_HEADERS : []));
  for (const answer of Object.values(answers)) answer.headers = { ...answer.headers, ...shared };
}

/** The problems that an operation tells of. */
export function problemsOf({ responses }: Operation): ProblemCode[] {
  return Object.values(responses as Record<string, Answer>).flatMap(
    ({ content }) => Object.keys(content?.[PROBLEM_MEDIA_TYPE]?.examples ?? {}) as ProblemCode[],
  );
}
