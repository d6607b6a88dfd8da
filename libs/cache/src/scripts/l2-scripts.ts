import { randomBytes } from 'node:crypto';
import type { RedisLink, Script } from '#libs/redis';
import { isRefusedCommand, type Outcome } from '#libs/resilience';
import { SharedSpans } from '#libs/tracing';
import type { CacheKey } from '../entry/entry.js';
import type { L2Trust } from '../trust.js';

/*
 * What the scripts of L2 touch, and how they are run. These are the names of what belongs to a cache key; the namespace is put in
 * front on the way out.
 *
 * In a Redis Cluster the part in braces decides the slot, so all keys of a cache key share one whatever the id is: an id that
 * holds braces of its own would otherwise put them on different masters, and no script could touch them together.
 */

/** What these keys have before that of their entry. */
export const LEASE_PREFIX = 'lease:';
export const CLAIM_PREFIX = 'claim:';
export const ANNOUNCEMENT_PREFIX = 'change:';

const ANNOUNCEMENT = `${ANNOUNCEMENT_PREFIX}{`;

/** The entry's own key. It is not tracked: a fill is announced to no process. */
export function entryKeyOf(key: string): string {
  return `{${key}}`;
}

/** The key of the lease to load it. */
export function leaseKeyOf(key: CacheKey): string {
  return LEASE_PREFIX + entryKeyOf(key);
}

/** The key of the version that a write is about to commit. */
export function claimKeyOf(key: CacheKey): string {
  return CLAIM_PREFIX + entryKeyOf(key);
}

/** The key that a change touches, so that Redis announces it. It is tracked, and holds nothing. */
export function announcementKeyOf(key: string): string {
  return `${ANNOUNCEMENT}${key}}`;
}

/** What announcements begin with, for cache keys that begin with `beginning`. */
export function announcedPrefixOf(beginning: string): string {
  return ANNOUNCEMENT + beginning;
}

/** The cache key whose change a key of Redis announces. */
export function announcedKeyOf(redisKey: string): string {
  return redisKey.slice(ANNOUNCEMENT.length, -1);
}

/**
 * `announce(key)` touches a key that is tracked, and leaves nothing there: Redis announces each key that was written, whatever
 * has become of it by the end of the script. So nothing has to be stored, evicted or to expire for an invalidation.
 *
 * It begins with a command that a full Redis carries out, which lets the script that follows be carried out whole; `begun` says that
 * the script has carried one out before.
 */
export const ANNOUNCING = `
local function announce(key, begun)
  -- guard(full-redis-announces-changes): drop
  if not begun then redis.call('DEL', key) end
  redis.call('SET', key, '')
  redis.call('DEL', key)
end
`;

/**
 * What the scripts that take a change in share: `supersede(lease, claim, version)` deletes the lease of a loader, and every
 * claim that this change is not older than. The claim of a later version stands, and one without a version (see
 * ANNOUNCE_SCRIPT) remembers the greatest version that passed it. Returns what was claimed: a version, or the name of the claim
 * and the greatest version that had passed it before; and whether there was a lease.
 *
 * It begins as announcements do.
 */
export const SUPERSEDING = `${ANNOUNCING}
local function announced(claim)
  local text = redis.pcall('GET', claim)
  if type(text) ~= 'string' then return nil end
  local passed, name = string.match(text, '^(%d+)(%.%d+)$')
  if name then return nil, name, tonumber(passed) end
  return tonumber(text)
end
local function supersede(lease, claim, version)
  -- guard(full-redis-takes-changes): drop
  local leased = redis.call('DEL', lease) > 0
  local claimed, name, passed = announced(claim)
  if claimed and claimed <= version then redis.call('DEL', claim) end
  -- guard(change-passes-announced-writes): drop
  if name and passed < version then redis.call('SET', claim, string.format('%.0f', version) .. name, 'KEEPTTL') end
  return claimed, name, passed, leased
end
`;

/** The right to load a key, given to one in the whole fleet for a time. */
export interface Lease {
  readonly key: CacheKey;
  readonly token: string;
  /** What is loaded under it is of this version or a later one: this one was known when the lease was given. */
  readonly floorVersion: number;
}

const PROCESS_PREFIX = randomBytes(9).toString('base64url');
let counter = 0;

/** A token that no other attempt, here or in another process, has had. */
export function newToken(): string {
  counter += 1;
  return `${PROCESS_PREFIX}-${counter.toString(36)}`;
}

export function newLease(key: CacheKey): Lease {
  return { key, token: newToken(), floorVersion: 0 };
}

const NOT_OURS = Promise.resolve({ kind: 'skipped', why: 'absent' } as const);

/**
 * Runs the cache's scripts. A Redis that did not answer one of them may have missed changes of others meanwhile. While it may
 * hold another database's entries in this service's namespace, there is no Redis as far as the cache is concerned.
 */
export class L2Scripts {
  /** @param scripts all that will be run */
  constructor(
    private readonly redis: RedisLink,
    private readonly trust: L2Trust,
    scripts: readonly Script[],
  ) {
    redis.defineScripts(scripts);
  }

  run<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Outcome<Reply>> {
    return this.trust.namespaceOwner === 'own' ? this.send(script, keys, args) : NOT_OURS;
  }

  /** The same for a script that only reads, for a caller that has nothing better: also before the owner is known. */
  look<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Outcome<Reply>> {
    return this.trust.namespaceOwner === 'foreign' ? NOT_OURS : this.send(script, keys, args);
  }

  private async send<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Outcome<Reply>> {
    const reply = await this.redis.runScript<Reply>(script, keys, args);
    // A Redis that refuses a command for its arguments is there, and has missed nothing else.
    const refused = reply.kind === 'failed' && isRefusedCommand(reply.error);
    if (reply.kind !== 'answered' && !refused) this.trust.distrust('a command failed');
    return reply;
  }
}

/** So many keys travel in one script: while it runs, Redis does nothing else. */
const MAX_CALLS = 64;

const BATCH = { name: 'cache.batch' };

/** A call of a script for one key of the cache. */
export interface TripCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number | Buffer)[];
}

interface Traveller<Reply> {
  readonly call: TripCall;
  readonly arrive: (reply: Outcome<Reply>) => void;
}

/**
 * Calls of one script, for one key each. Those of one turn of the event loop travel in one command: its deadline, its pass through
 * the breaker and its write are paid once for all of them. In a cluster each is a command of its own, since a script may touch
 * one slot only.
 */
export class L2Trip<Reply> {
  private gathered: Traveller<Reply>[] = [];
  private readonly spans = new SharedSpans<Traveller<Reply>>();

  /**
   * @param many takes any number of calls and replies with a list, in their order
   * @param one the same of one call, by a fixed number of keys
   * @param common arguments that come first, once
   */
  constructor(
    private readonly redis: RedisLink,
    private readonly scripts: L2Scripts,
    private readonly many: Script,
    private readonly one: Script,
    private readonly common: readonly (string | number)[] = [],
  ) {}

  run(call: TripCall): Promise<Outcome<Reply>> {
    return new Promise((arrive) => {
      const traveller = { call, arrive };
      if (this.redis.isCluster) return void this.send(this.one, [traveller]);
      if (this.gathered.length === 0) setImmediate(() => this.sendAll());
      this.spans.join(traveller);
      this.gathered.push(traveller);
    });
  }

  private sendAll(): void {
    const all = this.gathered;
    this.gathered = [];
    for (let at = 0; at < all.length; at += MAX_CALLS) {
      const some = all.slice(at, at + MAX_CALLS);
      void this.spans.run(some, BATCH, () => this.send(this.many, some));
    }
  }

  private async send(script: Script, travellers: readonly Traveller<Reply>[]): Promise<void> {
    const keys: string[] = [];
    const args: (string | number | Buffer)[] = [...this.common];
    for (const { call } of travellers) {
      keys.push(...call.keys);
      args.push(...call.args);
    }
    const reply = await this.scripts.run<readonly Reply[]>(script, keys, args);
    // Redis refuses one of them, or more: the others are not to suffer for it.
    if (travellers.length > 1 && reply.kind === 'failed' && isRefusedCommand(reply.error))
      for (const traveller of travellers) void this.send(script, [traveller]);
    else for (const [at, { arrive }] of travellers.entries()) arrive(shareOf(reply, at));
  }
}

/** What a call has of the reply to all. */
function shareOf<Reply>(reply: Outcome<readonly Reply[]>, at: number): Outcome<Reply> {
  return reply.kind === 'answered' ? { kind: 'answered', value: reply.value[at] as Reply } : reply;
}
