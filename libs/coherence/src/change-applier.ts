import { Injectable } from '@nestjs/common';
import { type CacheKey, Changes, type KeyChange, type Loaded } from '#libs/cache';
import type { Change, Written } from '#libs/db';

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

/**
 * Writes this service's own changes through to the caches, right after their commits; the relay is the sure way behind
 * it.
 */
@Injectable()
export class WriteThrough {
  constructor(
    private readonly changes: Changes,
    private readonly applier: ChangeApplier,
  ) {}

  /**
   * Makes a write; when it returns, the caches have its state. After that this process reads its own write; the others
   * do within the delay of the invalidation.
   *
   * @param key the thing that is written
   * @param write calls `committing` with its value while it holds the row, commits, and says what it changed
   * @param stateOf the new state, for the tiers; null if the write has none, such as a deletion
   * @throws what `write` throws. If the caches cannot be updated, the relay does it, and nothing fails
   */
  run<T>(
    key: CacheKey,
    write: (committing: (value: T) => Promise<void>) => Promise<Written<T>>,
    stateOf: (value: T) => Loaded | null = () => null,
  ): Promise<T> {
    return this.changes.writing(key, async (underWay) => {
      const { value, changes } = await write(async (value) => {
        const state = stateOf(value);
        if (state !== null) await underWay.committing(state);
      });
      const state = stateOf(value);
      const isRenewed =
        state !== null &&
        isWhatChanged(
          state,
          changes.filter((change) => change.key === key),
        ) &&
        (await underWay.committed(state)) !== 'not-newer';
      await this.applier.apply(isRenewed ? changes.filter((change) => change.key !== key) : changes);
      return value;
    });
  }

  /**
   * The same for a write of one statement that commits by itself, and that changes one row and nothing else. A trigger of
   * another one's that changes the row again is seen by the relay.
   *
   * @param change runs the statement; null if it found no row to change
   * @throws what `change` throws
   */
  alone<T>(key: CacheKey, change: () => Promise<T | null>, stateOf: (value: T) => Loaded): Promise<T | null> {
    return this.changes.writing(key, async (underWay) => {
      await underWay.sending();
      const value = await change();
      if (value === null) return null;
      const state = stateOf(value);
      if ((await underWay.committed(state)) === 'not-newer')
        await this.applier.apply([{ key, version: state.version, kind: 'row', groups: [] }]);
      return value;
    });
  }
}

/** Whether a state is all that a write made of its thing: a trigger may have changed the row again, or others be a part of it. */
function isWhatChanged({ version }: Loaded, changes: readonly Change[]): boolean {
  const versions = changes.map((change) => change.version);
  return changes.every(({ kind }) => kind === 'row') && Math.max(...versions) === version;
}
