import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { Clock } from '../clock.js';
import type { CacheKey } from '../entry/entry.js';
import { GENERATION_SCRIPT, type GenerationMode } from '../scripts/generation-script.js';
import { SharedScripts } from '../scripts/shared-scripts.js';
import { MemoryTrust, type Trustee } from '../trust/memory-trust.js';
import { SharedTrust } from '../trust/shared-trust.js';

const MAX_GROUPS = 10_000;

const SUFFIX = ':generation';

/** While Redis is away each process is alone. Never the same twice, or the next time would bring old entries back. */
const aloneGeneration = () => `alone-${randomUUID()}`;

interface Known extends Trustee {
  readonly generation: string;
}

/**
 * Makes many entries stale by one change. A group has a generation, which is part of the key of each of its
 * entries; a change begins a new generation, and the entries of the old one are never asked for again.
 *
 * The generation's key begins as the group's does, so that its changes are noticed like those of the entries.
 */
@Injectable()
export class GroupGenerations {
  private readonly scripts: SharedScripts;
  private readonly known = new LRUCache<CacheKey, Known>({ max: MAX_GROUPS });
  /** Counts what was forgotten, so that an answer that was on its way meanwhile is not remembered. */
  private forgotten = 0;

  constructor(
    redis: RedisLink,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly trust: MemoryTrust,
    private readonly shared: SharedTrust,
  ) {
    this.scripts = new SharedScripts(redis, shared, [GENERATION_SCRIPT]);
  }

  /** The key of an entry within the group's current generation. */
  async keyWithin(group: CacheKey, key: CacheKey): Promise<CacheKey> {
    return `${key}@${await this.current(group)}`;
  }

  /**
   * Something in the group changed: nothing that was cached for it is asked for again.
   *
   * @returns whether Redis could be told
   */
  async begin(group: CacheKey): Promise<boolean> {
    this.known.delete(group);
    return (await this.ask(group, 'next')) !== undefined;
  }

  /** A key of Redis changed. @returns whether it was a generation's, which is asked for again then */
  forget(key: string): boolean {
    if (!key.endsWith(SUFFIX)) return false;
    this.forgotten += 1;
    this.known.delete(key.slice(0, -SUFFIX.length) as CacheKey);
    return true;
  }

  forgetAll(): void {
    this.forgotten += 1;
    this.known.clear();
  }

  private async current(group: CacheKey): Promise<string> {
    const known = this.known.get(group);
    if (known !== undefined && this.trust.trusts(known, this.clock.nowMs())) return known.generation;
    // A doubted Redis may have missed that a generation ended.
    const asked = this.shared.isTrusted ? await this.ask(group, 'current') : undefined;
    return asked ?? this.goOn(group);
  }

  /**
   * Redis can not say: goes on with what was known last, or with a generation of this process's own. Its entries are in
   * memory alone then, and trusted as little as any.
   */
  private goOn(group: CacheKey): string {
    const known = this.known.get(group);
    if (known !== undefined) return known.generation;
    const generation = aloneGeneration();
    this.remember(group, generation, this.clock.nowMs());
    return generation;
  }

  private async ask(group: CacheKey, mode: GenerationMode): Promise<string | undefined> {
    const askedAtMs = this.clock.nowMs();
    const { forgotten } = this;
    const lifeMs = this.config.freshMs + this.config.freshJitterMs + this.config.graceMs;
    const reply = await this.scripts.run<Buffer>(
      GENERATION_SCRIPT,
      [`${group}${SUFFIX}`],
      [mode, Math.ceil(lifeMs)],
    );
    if (reply.kind !== 'answered') return undefined;
    const generation = reply.value.toString('latin1');
    if (forgotten === this.forgotten) this.remember(group, generation, askedAtMs);
    return generation;
  }

  private remember(group: CacheKey, generation: string, askedAtMs: number): void {
    const asOfMs = this.trust.asOfMs(askedAtMs, 'redis');
    this.known.set(group, { generation, asOfMs, epoch: this.trust.epochFor(group) });
  }
}
