import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';

/** The dependencies that a policy stands in front of. */
export type Dependency = 'redis' | 'postgres';

/** Places in front of a dependency; writes have some of their own. */
export type Bulkhead = Dependency | 'postgres-writes';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerTransition {
  readonly dependency: Dependency;
  readonly to: BreakerState;
}

/** How full a bulkhead is. */
export interface BulkheadUse {
  readonly bulkhead: Bulkhead;
  readonly running: number;
  readonly waiting: number;
}

interface ResilienceEventMap {
  transition: [BreakerTransition];
  bulkhead: [BulkheadUse];
  /** A call got no place in its bulkhead: the queue was full, or it had waited for long enough. */
  rejected: [Bulkhead, why: 'queue-full' | 'waited-too-long'];
  /** A call was made again, or would have been, had there been budget for it. */
  retry: [Dependency, outcome: 'made' | 'refused'];
}

/** What the policies tell; metrics and logs listen. */
export class ResilienceEvents extends EventEmitter<ResilienceEventMap> {
  private readonly logger = new Logger('ResilienceEvents');
  private complained = false;

  /** A listener that throws costs its own event, never the call that it was told of. */
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
