import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CacheConfig } from '#libs/config';
import { Clock } from '../clock.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';

/** What an entry costs beside its body: the object, the key, the tag, the list's and the map's own cells. */
const OVERHEAD_BYTES = 512;

function costBytes(entry: CacheEntry, key: string): number {
  const bodyBytes = entry.state === 'present' ? entry.body.length : 0;
  return OVERHEAD_BYTES + key.length + bodyBytes;
}

/** L1: this process's memory, bounded in bytes. What it keeps never outlives the entry's own times. */
@Injectable()
export class MemoryTier {
  private readonly entries: LRUCache<CacheKey, CacheEntry>;

  constructor(
    config: CacheConfig,
    private readonly clock: Clock,
  ) {
    this.entries = new LRUCache<CacheKey, CacheEntry>({
      maxSize: config.l1MaxBytes,
      maxEntrySize: Math.ceil(config.l1MaxBytes / 8),
      sizeCalculation: costBytes,
    });
  }

  get bytes(): number {
    return this.entries.calculatedSize;
  }

  get count(): number {
    return this.entries.size;
  }

  get(key: CacheKey): CacheEntry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.freshUntilMs > this.clock.nowMs()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  put(entry: CacheEntry): void {
    this.entries.set(entry.key, entry);
  }
}
