import { Injectable } from '@nestjs/common';
import { RedisLink } from '#libs/redis';

const KEY = 'outbox:watermark';

/** How far Redis says that the outbox is applied to it: below this transaction. `unknown` is a Redis that lost it. */
export type WatermarkRead =
  | { readonly kind: 'known'; readonly transaction: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable' };

/**
 * The mark lies in Redis, beside the data that it speaks of: a Redis that was restored, or failed over to a replica
 * that lagged, comes back with the mark of that state, and so tells by itself from where to apply again. It never ends.
 */
@Injectable()
export class Watermark {
  constructor(private readonly redis: RedisLink) {}

  async read(): Promise<WatermarkRead> {
    const reply = await this.redis.run((client) => client.get(KEY));
    if (reply.kind !== 'answered') return { kind: 'unavailable' };
    const text = reply.value ?? '';
    return /^\d{1,20}$/.test(text) ? { kind: 'known', transaction: text } : { kind: 'unknown' };
  }

  /** @returns whether Redis took it */
  async write(transaction: string): Promise<boolean> {
    const reply = await this.redis.run((client) => client.set(KEY, transaction));
    return reply.kind === 'answered';
  }
}
