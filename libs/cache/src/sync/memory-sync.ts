import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { RedisLink, TrackingLinks } from '#libs/redis';
import { Clock } from '../clock.js';
import type { CacheKey } from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import { GroupGenerations } from '../groups/group-generations.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { MemoryTrust } from '../trust/memory-trust.js';
import { SharedTrust } from '../trust/shared-trust.js';
import { TrackedPrefixes } from '../trust/tracked-prefixes.js';
import { Revalidator } from './revalidator.js';

/** How long a start waits for Redis, at most twice. */
const FIRST_SYNC_MS = 500;

/** Keeps memory in step with Redis: what the tracking link tells, and that it tells nothing. */
@Injectable()
export class MemorySync implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger('MemorySync');

  constructor(
    private readonly redis: RedisLink,
    private readonly links: TrackingLinks,
    private readonly prefixes: TrackedPrefixes,
    private readonly memory: MemoryTier,
    private readonly trust: MemoryTrust,
    private readonly shared: SharedTrust,
    private readonly groups: GroupGenerations,
    private readonly revalidator: Revalidator,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  onModuleInit(): void {
    this.links.start(this.prefixes.list, {
      synced: () => this.synced(),
      lost: () => this.lost(),
      heard: (askedMsAgo) => this.trust.heard(this.clock.nowMs() - askedMsAgo),
      invalidated: (keys) => this.invalidated(keys),
    });
  }

  /** So that the first reads are answered as all later ones, and not past a Redis that is just about to be believed. */
  async onApplicationBootstrap(): Promise<void> {
    await this.redis.connectedWithin(FIRST_SYNC_MS);
    if (this.redis.state === 'connected') await this.trust.syncedWithin(FIRST_SYNC_MS);
  }

  private synced(): void {
    this.trust.linked();
    this.logger.log('changes are told to memory');
    this.events.emit('tracking', true);
  }

  private lost(): void {
    this.trust.unlinked();
    // A server that was restarted in a moment may have forgotten what it held, and no command may have noticed.
    this.shared.doubt('a tracking link was lost');
    this.logger.warn('changes are not told to memory; it trusts nothing for long');
    this.events.emit('tracking', false);
  }

  private invalidated(keys: readonly string[] | null): void {
    if (keys === null) {
      this.memory.suspectAll();
      this.groups.forgetAll();
      return;
    }
    this.events.emit('invalidated', keys.length);
    for (const key of keys as readonly CacheKey[]) {
      if (this.groups.forget(key)) continue;
      if (this.memory.suspect(key)) this.revalidator.compare(key);
    }
  }
}
