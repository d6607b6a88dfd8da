import { EventEmitter } from 'node:events';

/** What the relay tells; metrics and logs listen. */
export class CoherenceEvents extends EventEmitter<{
  /** Whether this process leads the relay. */
  leading: [boolean];
  /** Changes that were taken from the outbox into the tiers. */
  applied: [count: number];
}> {}
