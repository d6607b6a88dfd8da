import { Command, Redis } from 'ioredis';
import { KEY_LAYOUT } from '#libs/config';
import { BackOff, type ProcessLogger, type RedisRefusal, refusalOf } from '#libs/resilience';
import { LAST_PAUSE_MS, type RedisClient, slowPauses } from './client-options.js';
import { keyOnMaster, masterTags } from './masters.js';

/** Where Redis publishes the keys that changed, for connections that have their invalidations redirected (RESP2). */
export const INVALIDATIONS = '__redis__:invalidate';

/** A key for this check only. It begins as all keys of the service do, so that a user who may access it may access them. */
const KEY = 'rights';
const NO_SCRIPT = '0'.repeat(40);

/**
 * Each command that the service sends, or runs in a script, in a form that does nothing. A script has the rights of its user.
 * The commands of the tracking links are not among them: Redis can be used without.
 */
const neededOn = (key: string): readonly (readonly [string, ...(string | number)[]])[] => [
  ['eval', 'return 1', 1, key],
  ['evalsha', NO_SCRIPT, 1, key],
  ['set', key, '', 'PX', 1_000],
  ['get', key],
  ['pttl', key],
  ['pexpire', key, 1_000],
  ['time'],
  ['scan', 0, 'MATCH', key, 'COUNT', 1],
  ['unlink', key],
  ['del', key],
];

/**
 * Tries all needed commands, in one round trip.
 *
 * @returns the refusals; undefined if a command was not answered at all, which says nothing
 */
export async function refusedRights(client: RedisClient): Promise<readonly RedisRefusal[] | undefined> {
  const keys = masterTags(client).map((tag) => keyOnMaster(KEY, tag));
  const { keyPrefix = '' } = client.options;
  // Not by `call`: the driver sorts its pipelines for a cluster by the first argument, which for a script is its text.
  const sent = keys.flatMap((key) =>
    neededOn(key).map(([name, ...args]) => client.sendCommand(new Command(name, args, { keyPrefix }))),
  );
  const replies = await Promise.allSettled(sent);
  const errors = replies.flatMap((reply) => (reply.status === 'rejected' ? [reply.reason as Error] : []));
  const refusals = errors.flatMap((error) => refusalOf(error) ?? []);
  const isAnswered = errors.every(({ name }) => name === 'ReplyError');
  return isAnswered || refusals.length > 0 ? refusals : undefined;
}

/**
 * The change that an operator has to make, without an address or a user name: health reports are open to everyone.
 *
 * @param refusals of one connection, in any order; at least one
 * @param prefix `REDIS_PREFIX`
 */
export function describeRefusals(refusals: readonly RedisRefusal[], prefix: string): string {
  const of = (kind: RedisRefusal['kind']) => refusals.find((refusal) => refusal.kind === kind);
  const login = of('login');
  if (login !== undefined) return `Redis refuses the user name or the password of REDIS_URL (${login.code})`;
  const replica = of('read-only');
  if (replica !== undefined) return `REDIS_URL leads to a read-only replica (${replica.code})`;
  const unwilling = of('writes');
  if (unwilling !== undefined) return `Redis takes no writes (${unwilling.code})`;
  const unknown = of('unknown');
  if (unknown !== undefined) return `Redis does not have the command ${unknown.command || 'of a script'}`;
  const rights = new Set(refusals.map((refusal) => rightOf(refusal, prefix)));
  return `the Redis user lacks the rights ${[...rights].join(' ')} (NOPERM)`;
}

/** As in `ACL SETUSER`. */
function rightOf({ kind, command }: RedisRefusal, prefix: string): string {
  if (kind === 'key') return `~${prefix}*`;
  return kind === 'channel' ? `&${INVALIDATIONS}` : `+${command || '@all'}`;
}

/** A failover ends by itself, and Redis has to be used soon after. */
const LAST_PAUSE_OF_SERVER_MS = 500;
/** A replica is promoted, or the address leads to another server, which only a new connection finds. */
const FIRST_RECONNECT_MS = 250;
const LAST_RECONNECT_MS = 5_000;
const OF_SERVER: ReadonlySet<RedisRefusal['kind']> = new Set(['read-only', 'writes']);

const MEANING =
  'Answers come from L1, which trusts an entry for CACHE_L1_UNSYNCED_TTL, and from Postgres. Redis is tried again, at least every 30 s';

/**
 * Whether Redis grants the service the rights it needs. While it does not, Redis is not used: it would answer some
 * commands and refuse others, so that a breaker, or a leader, would come and go with each.
 */
export class Admission {
  private readonly pauses = slowPauses();
  private readonly reconnects = new BackOff(FIRST_RECONNECT_MS, LAST_RECONNECT_MS);
  private reconnectAtMs = 0;
  private isReplica = false;
  /** The refusal, for an operator; null if there is none. */
  refusal: string | null = null;
  private pending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param logger where a refusal is reported, once
   * @param onAdmitted called each time all needed commands were tried and are allowed
   */
  constructor(
    private readonly client: RedisClient,
    private readonly logger: ProcessLogger,
    private readonly onAdmitted: () => void,
  ) {}

  /** Checks the rights, after a connect or a refusal. Never throws. */
  check(): Promise<void> {
    this.pending ??= this.look().finally(() => {
      this.pending = undefined;
    });
    return this.pending;
  }

  /** Resolves when no check is under way. */
  async settled(): Promise<void> {
    await this.pending;
  }

  /**
   * The connection failed.
   *
   * @returns whether it was refused, which is reported here
   */
  failed(error: Error): boolean {
    const refusal = refusalOf(error);
    if (refusal === undefined) this.refusal = null;
    else this.refuse([refusal]);
    // The driver would go on, and use the keys of another database index.
    if (refusal?.command === 'select') this.client.disconnect(true);
    return refusal !== undefined;
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const refusals = await refusedRights(this.client);
    if (refusals === undefined) {
      // No refusal, so not the pause after one: Redis is busy.
      if (this.refusal !== null) this.tryLater(LAST_PAUSE_OF_SERVER_MS);
    } else if (refusals.length > 0) this.refuse(refusals);
    else this.admit();
  }

  private refuse(refusals: readonly RedisRefusal[]): void {
    const why = describeRefusals(refusals, this.client.options.keyPrefix?.slice(0, -KEY_LAYOUT.length) ?? '');
    if (why !== this.refusal) this.logger.error(`not used: ${why}. ${MEANING}`);
    this.refusal = why;
    this.isReplica = refusals.some(({ kind }) => kind === 'read-only');
    this.tryLater(refusals.some(({ kind }) => OF_SERVER.has(kind)) ? LAST_PAUSE_OF_SERVER_MS : LAST_PAUSE_MS);
  }

  private admit(): void {
    if (this.refusal !== null) this.logger.log('used again: all rights are granted');
    this.refusal = null;
    this.pauses.reset();
    this.reconnects.reset();
    this.onAdmitted();
  }

  private tryLater(atMostMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tryAgain(), Math.min(atMostMs, this.pauses.nextMs())).unref();
  }

  private tryAgain(): void {
    // A connection that is being opened is checked when it is up.
    if (this.refusal === null || this.client.status !== 'ready') return;
    if (this.isReplica && this.client instanceof Redis && performance.now() >= this.reconnectAtMs) {
      this.reconnectAtMs = performance.now() + this.reconnects.nextMs();
      this.client.disconnect(true);
    } else void this.check();
  }
}
