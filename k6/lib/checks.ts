import { check } from 'k6';
import type { Exchange, Question } from './requests.ts';

export interface Expected {
  readonly question: Question;
  /** How the Content-Type begins. */
  readonly contentType: string;
  /** What is wrong with the body: names out of a fixed set. */
  readonly faults: readonly string[];
}

/**
 * Holds an answer against what was expected. A broken rule is counted under its own name too, so that the summary tells
 * what was wrong and not only how often.
 */
export function checkAnswer({ requestId, response }: Exchange, expected: Expected): void {
  const { route, status } = expected.question;
  check(response, {
    [`${route} answers ${status}`]: () => response.status === status,
    // k6 spells every header's name as Go does.
    [`${route} gives the request id back`]: () => response.headers['X-Request-Id'] === requestId,
    [`${route} is ${expected.contentType}`]: () =>
      response.headers['Content-Type']?.startsWith(expected.contentType) === true,
    [`${route} has a right body`]: () => expected.faults.length === 0,
  });
  for (const rule of expected.faults) check(response, { [`${route}: ${rule}`]: () => false });
}
