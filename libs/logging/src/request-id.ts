import { randomBytes } from 'node:crypto';

const SANE = /^[\x21-\x7e]{1,128}$/;

/** Random once a process: ids of two processes never meet, and an id costs a counter instead of a UUID. */
const PROCESS_PREFIX = randomBytes(9).toString('base64url');
let counter = 0;

/**
 * The id under which a request is logged and answered: the client's own, so that its trace goes on, where it is
 * 1–128 visible ASCII characters; a new one otherwise, since an arbitrary header value is a way to forge log lines.
 *
 * @param offered the value of `X-Request-ID`
 */
export function requestIdOf(offered: string | string[] | undefined): string {
  if (typeof offered === 'string' && SANE.test(offered)) return offered;
  counter += 1;
  return `${PROCESS_PREFIX}-${counter.toString(36)}`;
}
