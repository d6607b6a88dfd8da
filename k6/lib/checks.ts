import { check } from 'k6';
import { cacheOutcomeOf } from './cache-status.ts';
import type { Exchange, Question } from './requests.ts';

export interface Expected {
  readonly question: Question;
  /** How the Content-Type begins; undefined: the answer has no body. */
  readonly contentType: string | undefined;
  /** Whether `Cache-Status` must say where the answer came from. */
  readonly cached: boolean;
  /** Whether a 503 has the form of any other answer, as that of health has; else it is a refusal. */
  readonly sameWhenDown: boolean;
  /** Rules that the body breaks: names out of a fixed set. */
  faults(body: string | null): readonly string[];
}

/** Statuses by which the service refuses a request that it cannot answer in time. */
const REFUSALS = [429, 503];
const PROBLEM = 'application/problem+json';

/**
 * Checks an answer against the contract. No answer at all is no wrong answer: it counts as a failed request. A refusal
 * counts as failed too, and must have its own form. A broken rule of the body is counted under its own name, so that the
 * summary shows which one it was.
 */
export function checkAnswer(exchange: Exchange, expected: Expected): void {
  const { status } = exchange.response;
  const { route, statuses } = expected.question;
  if (status === 0) return;
  if (statuses.includes(status) || (expected.sameWhenDown && status === 503))
    checkExpected(exchange, expected);
  else if (REFUSALS.includes(status)) checkRefusal(exchange, route);
  else check(null, { [`${route} answers ${statuses.join(' or ')}, or refuses`]: () => false });
}

function checkExpected(exchange: Exchange, { question, contentType, cached, faults }: Expected): void {
  const { response } = exchange;
  const { route } = question;
  const broken = faults(response.body);
  check(response, {
    [`${route} returns the request id`]: () => returnsRequestId(exchange),
    [`${route} has its body`]: () => broken.length === 0,
    ...(contentType !== undefined && {
      [`${route} is ${contentType}`]: () => hasType(exchange, contentType),
    }),
    ...(cached && {
      [`${route} has Cache-Status`]: () => cacheOutcomeOf(response.headers['Cache-Status']) !== 'none',
    }),
  });
  for (const rule of broken) check(response, { [`${route}: ${rule}`]: () => false });
}

function checkRefusal(exchange: Exchange, route: string): void {
  const { headers } = exchange.response;
  check(null, {
    [`${route} refuses with a problem document`]: () => hasType(exchange, PROBLEM),
    [`${route} refuses with Retry-After`]: () => Number(headers['Retry-After']) > 0,
    [`${route} returns the request id of a refusal`]: () => returnsRequestId(exchange),
  });
}

/** k6 spells the name of every header as Go does. */
function returnsRequestId({ response, requestId }: Exchange): boolean {
  return response.headers['X-Request-Id'] === requestId;
}

function hasType({ response }: Exchange, type: string): boolean {
  return response.headers['Content-Type']?.startsWith(type) === true;
}
