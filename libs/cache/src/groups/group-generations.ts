import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { CacheConfig } from '#libs/config';
import { RedisLink, type Script } from '#libs/redis';
import { type CacheKey, Clock } from '../entry/entry.js';
import { ANNOUNCING, announcementKeyOf, entryKeyOf, L2Scripts } from '../scripts/l2-scripts.js';
import { Doorkeeper } from '../tiers/doorkeeper.js';
import { L1Trust, L2Trust, type Trustee } from '../trust.js';

type GenerationMode = 'current' | 'next';

/**
 * A group's generation: a name that was never used before, since an old one would bring old entries back. Redis' own
 * clock makes it, moved on where it stood still or went back: it is never compared with another clock.
 *
 * Only that a generation ends is announced. One that begins where none was known invalidates nothing: a process that still
 * knows the one before has lists that are as right. Its life is extended once in half of it, and not by each question.
 *
 *     KEYS  generation, announcement    ARGV  'current' or 'next', milliseconds of life
 *     → the generation
 */
const GENERATION_SCRIPT: Script = {
  name: 'hotshelfGeneration',
  numberOfKeys: 2,
  lua: `${ANNOUNCING}
local there = redis.pcall('GET', KEYS[1])
-- Any other text would become part of keys.
if type(there) ~= 'string' or not string.match(there, '^%d+$') or #there > 16 then there = false end
if there and ARGV[1] == 'current' then
  if redis.call('PTTL', KEYS[1]) < ARGV[2] / 2 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return there
end
-- guard(generation-is-announced): drop
if ARGV[1] == 'next' then announce(KEYS[2]) end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local generation = string.format('%.0f', math.max(now, (tonumber(there or '') or 0) + 1))
redis.call('SET', KEYS[1], generation, 'PX', ARGV[2])
return generation
`,
};

const MAX_GROUPS = 10_000;

/** The life of a generation whose group was asked for once: there is any number of groups without members. */
const ASKED_ONCE_MS = 30_000;

/** What the key of a generation has after that of its group. */
export const GENERATION_SUFFIX = ':generation';

const ALONE = 'alone-';
/** While Redis is away each process is alone. Never the same twice, or the next time would bring old entries back. */
const aloneGeneration = () => ALONE + randomUUID();

interface Known extends Trustee {
  readonly generation: string;
  /** Its life in Redis is that of a group that was asked for once. */
  readonly isShort: boolean;
}

/**
 * Makes many entries stale by one change. A group has a generation, which is part of the key of each of its
 * entries; a change begins a new generation, and the entries of the old one are never asked for again.
 *
 * The generation's key begins as the group's does, so that its changes are noticed like those of the entries.
 */
export class GroupGenerations {
  private readonly scripts: L2Scripts;
  private readonly known = new LRUCache<CacheKey, Known>({ max: MAX_GROUPS });
  /** Counts what was forgotten, so that an answer that was on its way meanwhile is not remembered. */
  private forgotten = 0;

  constructor(
    redis: RedisLink,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly trust: L1Trust,
    private readonly l2Trust: L2Trust,
    private readonly doorkeeper: Doorkeeper,
  ) {
    this.scripts = new L2Scripts(redis, l2Trust, [GENERATION_SCRIPT]);
  }

  /** The key of an entry within the group's current generation. */
  async keyWithin(group: CacheKey, key: CacheKey): Promise<CacheKey> {
    return `${key}@${await this.current(group)}`;
  }

  /**
   * Something in the group changed: nothing that was cached for it is asked for again.
   *
   * @returns whether Redis has accepted it
   */
  async begin(group: CacheKey): Promise<boolean> {
    this.known.delete(group);
    return (await this.ask(group, 'next', false)) !== undefined;
  }

  /** A generation changed, and is asked for again. @param key of the generation */
  forget(key: string): void {
    this.forgotten += 1;
    this.known.delete(key.slice(0, -GENERATION_SUFFIX.length) as CacheKey);
  }

  forgetAll(): void {
    this.forgotten += 1;
    this.known.clear();
  }

  private async current(group: CacheKey): Promise<string> {
    const known = this.known.get(group);
    // A generation of this process's own ends with the reason for it: its lists are in no other process's L2.
    const isOver = known?.generation.startsWith(ALONE) === true && this.l2Trust.isTrusted;
    const isTrusted = known !== undefined && !isOver && this.trust.trusts(known, this.clock.nowMs());
    if (isTrusted && !known.isShort) return known.generation;
    // Not by the group's own name: that is the name of a thing too.
    const visit = { name: `${group}${GENERATION_SUFFIX}`, isPart: true };
    this.doorkeeper.ask(visit.name);
    const isShort = this.doorkeeper.turnsAway(visit, 'present');
    if (isTrusted && isShort) return known.generation;
    // An untrusted Redis may have missed that a generation ended.
    const asked = this.l2Trust.isTrusted ? await this.ask(group, 'current', isShort) : undefined;
    return asked ?? this.goOn(group);
  }

  /**
   * Redis cannot say: goes on with what was known last, or with a generation of this process's own. Its entries are in
   * L1 alone then, and trusted as little as any.
   */
  private goOn(group: CacheKey): string {
    const known = this.known.get(group);
    if (known !== undefined) return known.generation;
    const generation = aloneGeneration();
    this.remember(group, { generation, isShort: false }, this.clock.nowMs());
    return generation;
  }

  private async ask(group: CacheKey, mode: GenerationMode, isShort: boolean): Promise<string | undefined> {
    const askedAtMs = this.clock.nowMs();
    const { forgotten } = this;
    const wholeMs = this.config.freshMs + this.config.freshJitterMs + this.config.graceMs;
    const lifeMs = isShort ? Math.min(wholeMs, ASKED_ONCE_MS) : wholeMs;
    const reply = await this.scripts.run<Buffer>(
      GENERATION_SCRIPT,
      [entryKeyOf(`${group}${GENERATION_SUFFIX}`), announcementKeyOf(`${group}${GENERATION_SUFFIX}`)],
      [mode, Math.ceil(lifeMs)],
    );
    if (reply.kind !== 'answered') return undefined;
    const generation = reply.value.toString('latin1');
    if (forgotten === this.forgotten) this.remember(group, { generation, isShort }, askedAtMs);
    return generation;
  }

  private remember(group: CacheKey, known: Pick<Known, 'generation' | 'isShort'>, askedAtMs: number): void {
    const asOfMs = this.trust.asOfMs(askedAtMs, 'l2');
    this.known.set(group, { ...known, asOfMs, epoch: this.trust.epochFor(group) });
  }
}
