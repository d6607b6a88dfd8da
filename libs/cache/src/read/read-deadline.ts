import { SheddingConfig } from '#libs/config';
import { CacheEvents } from '../events.js';
import { overloaded } from './load-limit.js';

/** A timer that is this late was held up by the process itself. */
const STALLED_MS = 100;
const AFTER_STALL_MS = 500;

/**
 * The longest that anyone waits for a read, whatever the parts of it add up to: a wait for another process's load, a load
 * of its own after that, a Redis that is slow before and after. The read itself goes on, for later readers.
 */
export class ReadDeadline {
  constructor(
    private readonly config: SheddingConfig,
    private readonly events: CacheEvents,
  ) {}

  /** @throws ProblemError `OVERLOADED` when the time is up; what `read` throws otherwise */
  async within<T>(read: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    let timer: NodeJS.Timeout | undefined;
    const wait = (ms: number) => {
      const dueAtMs = performance.now() + ms;
      timer = setTimeout(() => {
        // After a stall of this process its timers come before its sockets: the answer may be here and unread.
        if (performance.now() - dueAtMs > STALLED_MS) return wait(AFTER_STALL_MS);
        this.events.emit('shed', 'read-timeout');
        // guard(reads-have-a-deadline): = undefined
        return late.reject(overloaded());
      }, ms);
    };
    wait(this.config.readTimeoutMs);
    try {
      return await Promise.race([read, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
