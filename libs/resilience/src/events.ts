import { EventEmitter } from 'node:events';
import { ProcessLogger } from './process-logger.js';

/** The dependencies that have a policy. */
export type Dependency = 'redis' | 'postgres';

/** The bulkheads; writes have one of their own. */
export type BulkheadName = Dependency | 'postgres-writes';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerTransition {
  readonly dependency: Dependency;
  readonly to: BreakerState;
  /** The error of the last call; null if unknown, as for a connection that was closed. */
  readonly cause: Error | null;
}

/** How full a bulkhead is. */
export interface BulkheadUse {
  readonly bulkhead: BulkheadName;
  readonly running: number;
  readonly waiting: number;
}

interface ResilienceEventMap {
  transition: [BreakerTransition];
  /** A connection cannot be opened, or a check was not answered, whatever the state of the breaker. */
  unreachable: [Dependency, cause: Error];
  /** A check was answered. */
  reached: [Dependency];
  bulkhead: [BulkheadUse];
  /** A call got no slot in its bulkhead: the queue was full, or it had waited too long. */
  rejected: [BulkheadName, why: 'queue-full' | 'waited-too-long'];
  /** A call was retried, or was not because the retry budget was used up. */
  retry: [Dependency, outcome: 'made' | 'refused'];
}

/** Events of the policies; metrics and logs listen. */
export class ResilienceEvents extends EventEmitter<ResilienceEventMap> {
  private readonly logger = new ProcessLogger('ResilienceEvents');
  private complained = false;

  /** A listener that throws loses its own event, and does not fail the call. */
  override emit<K>(
    name: K | keyof ResilienceEventMap,
    ...args: K extends keyof ResilienceEventMap ? ResilienceEventMap[K] : never
  ): boolean {
    try {
      return super.emit<K>(name, ...args);
    } catch (error) {
      if (!this.complained) this.logger.error(error, `a listener of "${String(name)}" failed`);
      this.complained = true;
      return true;
    }
  }
}
