import { Injectable } from '@nestjs/common';
import { type CacheKey, Changes } from '#libs/cache';
import type { Change } from '#libs/db';
import { GroupsOf } from './groups-of.js';

/** Tells the tiers what a transaction, or many of them, changed. Telling twice does no harm. */
@Injectable()
export class ChangeApplier {
  constructor(
    private readonly changes: Changes,
    private readonly groups: GroupsOf,
  ) {}

  /** @returns whether all of it reached Redis */
  async apply(changes: readonly Change[]): Promise<boolean> {
    const newest = newestOf(changes);
    const told = await this.changes.changed([...newest].map(([key, version]) => ({ key, version })));
    // After the members: a page that is read anew must not be made of what they were.
    const groups = new Set([...newest.keys()].flatMap((key) => this.groups.of(key)));
    const groupsTold = await Promise.all([...groups].map((group) => this.changes.groupChanged(group)));
    return told && groupsTold.every(Boolean);
  }
}

/** A key that changed several times is told of once. */
function newestOf(changes: readonly Change[]): Map<CacheKey, number> {
  const newest = new Map<CacheKey, number>();
  for (const { key, version } of changes) {
    newest.set(key as CacheKey, Math.max(version, newest.get(key as CacheKey) ?? 0));
  }
  return newest;
}
