import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { Clock } from '../clock.js';
import type { CacheKey } from '../entry/entry.js';
import { GENERATION_SCRIPT, type GenerationMode } from '../scripts/generation-script.js';
import { ScriptRunner } from '../scripts/script-runner.js';

const MAX_GROUPS = 10_000;

/** While Redis is away each process is alone. Never the same twice, or the next time would bring old entries back. */
const aloneGeneration = () => `alone-${randomUUID()}`;

interface Known {
  readonly generation: string;
  readonly knownAtMs: number;
}

/**
 * Makes many entries stale by one change. A group has a generation, which is part of the key of each of its
 * entries; a change begins a new generation, and the entries of the old one are never asked for again.
 *
 * The generation's key begins as the group's does, so that its changes are noticed like those of the entries.
 */
@Injectable()
export class GroupGenerations {
  private readonly scripts: ScriptRunner;
  private readonly known = new LRUCache<CacheKey, Known>({ max: MAX_GROUPS });

  constructor(
    redis: RedisLink,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
  ) {
    this.scripts = new ScriptRunner(redis, [GENERATION_SCRIPT]);
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

  private async current(group: CacheKey): Promise<string> {
    const known = this.known.get(group);
    if (known !== undefined && this.clock.nowMs() - known.knownAtMs < this.config.l1UnsyncedTtlMs) {
      return known.generation;
    }
    return (await this.ask(group, 'current')) ?? this.goOn(group);
  }

  /** Redis did not say: goes on with what was known last, or with a generation of this process's own. */
  private goOn(group: CacheKey): string {
    const known = this.known.get(group) ?? {
      generation: aloneGeneration(),
      knownAtMs: Number.NEGATIVE_INFINITY,
    };
    this.known.set(group, known);
    return known.generation;
  }

  private async ask(group: CacheKey, mode: GenerationMode): Promise<string | undefined> {
    const askedAtMs = this.clock.nowMs();
    const lifeMs = this.config.freshMs + this.config.freshJitterMs + this.config.graceMs;
    const reply = await this.scripts.run<Buffer>(
      GENERATION_SCRIPT,
      [`${group}:generation`],
      [mode, Math.ceil(lifeMs)],
    );
    if (reply.kind !== 'answered') return undefined;
    const generation = reply.value.toString('latin1');
    this.known.set(group, { generation, knownAtMs: askedAtMs });
    return generation;
  }
}
