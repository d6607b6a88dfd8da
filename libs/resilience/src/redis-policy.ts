import type { ResilienceConfig } from '#libs/config';
import { DependencyPolicy } from './dependency-policy.js';
import type { ResilienceEvents } from './events.js';

/**
 * A refusal that does not depend on keys and arguments: to retry does not help before an operator changes the user, the
 * server or the address.
 *
 * - `login`: the user name or the password of the connection.
 * - `command`, `key`, `channel`: a right of the user (ACL). `unknown`: the server does not have the command.
 * - `read-only`: the server is a replica. `writes`: it is a primary that takes none, without enough replicas or disk.
 */
export interface RedisRefusal {
  readonly kind: 'login' | 'command' | 'unknown' | 'key' | 'channel' | 'read-only' | 'writes';
  /** The command as Redis names it, such as `client|tracking`; empty for the kinds that concern none. */
  readonly command: string;
  /** The code of the error reply, such as `NOPERM`. */
  readonly code: string;
}

/**
 * The errors of Redis 7 and 8, and of Valkey; a script passes on those of its commands, with `ERR` instead of `NOPERM`.
 * The more special ones come first.
 */
const FORMS: readonly (readonly [RedisRefusal['kind'], RegExp])[] = [
  ['login', /^(?:WRONGPASS|NOAUTH)\b|^ERR invalid password\b/],
  ['command', /^(?:NOPERM|ERR ACL failure) .*?\bto run the '([^']{1,100})' command/],
  ['channel', /^(?:NOPERM|ERR ACL failure) .*?\bchannels?\b/],
  ['key', /^(?:NOPERM|ERR ACL failure) .*?\bkeys?\b/],
  ['command', /^(?:NOPERM|ERR ACL failure)\b/],
  [
    'unknown',
    /^ERR unknown (?:sub)?command:? ['`]?([^'`,\s]{1,100})|^ERR Unknown Redis command called from script/i,
  ],
  ['read-only', /^(?:READONLY|MASTERDOWN)\b/],
  ['writes', /^(?:NOREPLICAS|MISCONF)\b/],
];

/** @returns undefined for every other error */
export function refusalOf(error: unknown): RedisRefusal | undefined {
  if (!(error instanceof Error)) return undefined;
  for (const [kind, form] of FORMS) {
    const found = form.exec(error.message);
    if (found !== null) return { kind, command: (found[1] ?? '').toLowerCase(), code: codeOf(error.message) };
  }
  return undefined;
}

function codeOf(message: string): string {
  return /^[A-Z]+/.exec(message)?.[0] ?? '';
}

/**
 * Redis' answers that concern one command and leave the others alone: it is full (`OOM`) and refuses what would take more
 * room, while deletions and invalidations go on; or the slot of the keys migrates, and the driver could not follow
 * (`TRYAGAIN`, `ASK`, `MOVED`). Skipping every command for one of these would leave all processes with outdated entries.
 */
const OF_ONE_COMMAND = /^OOM\b|\b(?:TRYAGAIN|ASK|MOVED) /;

/**
 * Redis' answers to these very keys and arguments, which it would give again: a script that fails on them (`user_script`;
 * `Error running script` before Redis 7), a key of another type, keys of different slots, a key that this user may not touch.
 */
const OF_THESE_ARGUMENTS =
  /^(?:WRONGTYPE|CROSSSLOT)\b|^ERR (?:user_script|Error running script)\b|^(?:NOPERM|ERR ACL failure) .*\b(?:a key|keys)\b/;

/**
 * Whether an error says that Redis cannot be used now, and so counts for its breaker. A refusal does not: a breaker that opens
 * for it would close at the next sign of life, and open again.
 */
export function isRedisUnwell(error: unknown): boolean {
  if (error instanceof Error && OF_ONE_COMMAND.test(error.message)) return false;
  return (
    !isRefusedCommand(error) &&
    /* guard(refusals-leave-the-breaker-closed): true */ refusalOf(error) === undefined
  );
}

/** Whether Redis can be reached and refuses one command for its arguments. To retry does not help. */
export function isRefusedCommand(error: unknown): boolean {
  return error instanceof Error && OF_THESE_ARGUMENTS.test(error.message);
}

/** The breaker that every policy has. */
export const breakerOf = (config: ResilienceConfig) => ({
  failures: config.breakerFailures,
  windowMs: config.breakerWindowMs,
  openMs: config.breakerOpenMs,
});

/** What stands in front of Redis. @param timeoutMs after which a command is given up */
export function redisPolicy(
  breaker: ResilienceConfig,
  timeoutMs: number,
  events: ResilienceEvents,
): DependencyPolicy {
  return new DependencyPolicy(
    { dependency: 'redis', timeoutMs, countsAsFailure: isRedisUnwell, ...breakerOf(breaker) },
    events,
  );
}
