import { EventEmitter } from 'node:events';

/** The dependencies that a policy stands in front of. */
export type Dependency = 'redis' | 'postgres';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerTransition {
  readonly dependency: Dependency;
  readonly to: BreakerState;
}

/** What the policies tell; metrics and logs listen. */
export class ResilienceEvents extends EventEmitter<{ transition: [BreakerTransition] }> {}
