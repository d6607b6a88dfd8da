/**
 * SQLSTATE classes and codes that say that the server, not the statement, is the trouble (PostgreSQL, appendix A):
 * 08 connection, 28 login refused, 3D no such database, 53 out of resources, 55 not in a state to serve (such as a
 * database that accepts no connections, or a lock that is not available), 57014 cancelled (the statement timeout), 57P
 * shutting down or starting up, 58 system error, 25006 read-only.
 */
const UNWELL = /^(?:08|28|3D|53|55|58|57014|57P|25006)/;

/** Every SQLSTATE has a digit among its five characters, which the system's own EPIPE has not. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

/** The code that Postgres itself gave an error; undefined for one that came from the network or a timeout. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return SQLSTATE.test(code) ? code : undefined;
}

/** Of a standby, of a primary that was demoted, and of one whose operator, or whose provider for a full disk, wants no changes. */
const READ_ONLY = '25006';
const DISK_FULL = '53100';

/** Whether a change was refused since the server, or the session with it, is read-only. */
export function isReadOnlyRefusal(error: unknown): boolean {
  return sqlStateOf(error) === READ_ONLY;
}

/**
 * Whether an error counts for the breaker, which stands in front of reads and writes alike: a server that refuses only
 * changes can still be read.
 */
export function isPostgresUnwell(error: unknown): boolean {
  const refusesChangesAlone = isReadOnlyRefusal(error) || sqlStateOf(error) === DISK_FULL;
  return isPostgresUnavailable(error) && !refusesChangesAlone;
}

/** Whether an error means that Postgres cannot be read now, in contrast to a statement that it refused. */
export function isPostgresUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || UNWELL.test(state);
}

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
