import { Injectable } from '@nestjs/common';
import { SheddingConfig } from '#libs/config';
import { CacheEvents } from '../events.js';
import { overloaded } from './overloaded.js';

/**
 * The longest that anyone waits for a read, whatever the parts of it add up to: a wait for another process's load, a load
 * of its own after that, a Redis that is slow before and after. The read itself goes on, for whoever comes next.
 */
@Injectable()
export class ReadDeadline {
  constructor(
    private readonly config: SheddingConfig,
    private readonly events: CacheEvents,
  ) {}

  /** @throws ProblemError `OVERLOADED` when the time is up; what `read` throws otherwise */
  async within<T>(read: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.events.emit('shed', 'read-timeout');
      late.reject(overloaded());
    }, this.config.readTimeoutMs);
    try {
      return await Promise.race([read, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
