import { Injectable } from '@nestjs/common';
import { type CacheKey, Changes, type KeyChange } from '#libs/cache';
import type { Change } from '#libs/db';

/** Which groups a change of a key makes stale. The features know; the relay does not. */
export abstract class GroupsOf {
  abstract of(key: CacheKey): readonly CacheKey[];
}

/** Applies the changes of one or more transactions to the tiers. Applying twice does no harm. */
@Injectable()
export class ChangeApplier {
  constructor(
    private readonly changes: Changes,
    private readonly groups: GroupsOf,
  ) {}

  /**
   * @param isReplayed whether they are a part of very many; default: false
   * @returns whether all of it reached Redis
   */
  async apply(changes: readonly Change[], isReplayed = false): Promise<boolean> {
    const applied = await this.changes.changed(this.ofEachKey(changes, isReplayed));
    // After the members: a page that is read again must not be composed of their old states.
    const groups = new Set(changes.flatMap((change) => this.groupsOf(change)));
    const begun = await Promise.all([...groups].map((group) => this.changes.groupChanged(group)));
    return applied && begun.every(Boolean);
  }

  private ofEachKey(changes: readonly Change[], isReplayed: boolean): KeyChange[] {
    const ofKeys = new Map<CacheKey, KeyChange>();
    for (const change of changes) {
      const key = change.key as CacheKey;
      const known = ofKeys.get(key);
      const one = {
        key,
        version: change.version,
        isDerived: this.isDerived(change),
        isOne: true,
        isReplayed,
      };
      ofKeys.set(key, known === undefined ? one : both(known, one));
    }
    return [...ofKeys.values()];
  }

  /** From the groups recorded with the change: whichever service over the database leads the relay, it knows the lists. */
  private groupsOf({ key, groups }: Change): readonly CacheKey[] {
    return (groups as readonly CacheKey[] | null) ?? this.groups.of(key as CacheKey);
  }

  /** The triggers of an earlier release record no groups: entities with lists are listed here. */
  private isDerived({ key, kind, groups }: Change): boolean {
    return kind === 'derived' || (groups === null && this.groups.of(key as CacheKey).length > 0);
  }
}

/** A key that changed several times is changed once, to its newest version; to an unknown one if any of them is unknown. */
function both(one: KeyChange, other: KeyChange): KeyChange {
  return {
    key: one.key,
    version: newerOf(one.version, other.version),
    isDerived: one.isDerived === true || other.isDerived === true,
    isReplayed: one.isReplayed === true,
    isOne: one.isOne !== false && other.isOne !== false && one.version === other.version,
  };
}

function newerOf(one: number, other: number): number {
  const isKnown = [one, other].every((version) => Number.isSafeInteger(version) && version >= 0);
  return isKnown ? Math.max(one, other) : Number.NaN;
}
