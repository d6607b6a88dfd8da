import { isTimeout } from './timed-out.js';

/** The reason why a dependency cannot be used, from an error. */
export interface Cause {
  /** Of the operating system (`ECONNREFUSED`), of Postgres (an SQLSTATE) or of Redis (`LOADING`); `TIMEOUT`, `CLOSED`. */
  readonly code: string;
  readonly text: string;
}

/** What the driver says of a connection that it has given up: the rest is about its own options. */
const GIVEN_UP = /^Stream isn't writeable\b/;

/** The first word of Redis' error replies. */
const REDIS_CODE = /^([A-Z]{3,}) /;

export function causeOf(error: Error | null): Cause {
  if (error === null) return { code: 'CLOSED', text: 'the connection was closed' };
  // A name with several addresses: the first one's error says as much as all of them.
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  if (GIVEN_UP.test(first.message)) return { code: 'CLOSED', text: 'the connection was lost' };
  return { code: codeOf(first), text: first.message };
}

function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (isTimeout(error) || /time(?:d )?out/i.test(error.message)) return 'TIMEOUT';
  if (/closed|terminated/i.test(error.message)) return 'CLOSED';
  return REDIS_CODE.exec(error.message)?.[1] ?? error.name;
}
