import { ProcessLogger } from '#libs/resilience';
import type { CacheKey } from '../entry/entry.js';

/** Once a process: a foreign writer on our keys would otherwise fill the log with every read. */
export class GarbageReport {
  private readonly logger = new ProcessLogger('L2Tier');
  private reported = false;

  report(key: CacheKey): void {
    if (this.reported) return;
    this.reported = true;
    this.logger.warn(`${key} holds something that is not an entry; taken for a miss`);
  }
}
