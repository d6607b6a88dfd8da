import { Injectable } from '@nestjs/common';
import { type CacheKey, Changes, type Loaded } from '#libs/cache';
import type { Written } from '#libs/db';
import { ChangeApplier } from '../relay/change-applier.js';

/** Tells the caches of this service's own writes, right after their commits; the relay is the sure way behind it. */
@Injectable()
export class WriteThrough {
  constructor(
    private readonly changes: Changes,
    private readonly applier: ChangeApplier,
  ) {}

  /**
   * Makes a write, and has told the caches of it when it returns. After that this process reads what it wrote; the
   * others do within the notice's delay.
   *
   * @param key the thing that is written
   * @param write commits, and says what it changed
   * @param stateOf the thing's new state, for the tiers; null where the write brings none, such as a deletion
   * @throws what `write` throws. Caches that can not be told are told by the relay, and fail nothing
   */
  run<T>(
    key: CacheKey,
    write: () => Promise<Written<T>>,
    stateOf: (value: T) => Loaded | null = () => null,
  ): Promise<T> {
    return this.changes.writing(key, async (renew) => {
      const { value, changes } = await write();
      const state = stateOf(value);
      const renewed = state !== null && changes.some((change) => change.key === key);
      if (renewed) await renew(state);
      await this.applier.apply(renewed ? changes.filter((change) => change.key !== key) : changes);
      return value;
    });
  }
}
