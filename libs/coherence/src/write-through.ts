import { Injectable } from '@nestjs/common';
import { type CacheKey, Changes, type Loaded } from '#libs/cache';
import type { Change, Written } from '#libs/db';
import { ChangeApplier } from './change-applier.js';

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
