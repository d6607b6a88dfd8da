import { Injectable } from '@nestjs/common';
import { RedisLink } from '#libs/redis';
import { EMPTY_SNAPSHOT, isSnapshot, type Snapshot } from './snapshot.js';

const KEY = 'outbox:watermark';

/** How far each master says that the outbox is applied to it. One that lost its mark says: nothing is. */
export type WatermarkRead =
  | { readonly kind: 'known'; readonly marks: readonly Snapshot[] }
  | { readonly kind: 'unavailable' };

/**
 * The mark lies in Redis, beside the data that it speaks of: a Redis that was restored, or failed over to a replica
 * that lagged, comes back with the mark of that state, and so tells by itself from where to apply again. Every master of
 * a cluster has one of its own, since each of them can be restored alone. It never ends.
 */
@Injectable()
export class Watermark {
  constructor(private readonly redis: RedisLink) {}

  async read(): Promise<WatermarkRead> {
    const keys = this.keys();
    if (keys.length === 0) return { kind: 'unavailable' };
    const marks = new Set<Snapshot>();
    for (const reply of await Promise.all(keys.map((key) => this.redis.run((client) => client.get(key))))) {
      if (reply.kind !== 'answered') return { kind: 'unavailable' };
      const text = reply.value ?? '';
      marks.add(isSnapshot(text) ? text : EMPTY_SNAPSHOT);
    }
    return { kind: 'known', marks: [...marks] };
  }

  /** @returns whether every master took it */
  async write(mark: Snapshot): Promise<boolean> {
    const keys = this.keys();
    const replies = await Promise.all(keys.map((key) => this.redis.run((client) => client.set(key, mark))));
    return keys.length > 0 && replies.every((reply) => reply.kind === 'answered');
  }

  private keys(): string[] {
    return this.redis.masterTags().map((tag) => (tag === '' ? KEY : `${KEY}:{${tag}}`));
  }
}
