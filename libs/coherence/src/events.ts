import { EventEmitter } from 'node:events';

/** What the relay tells; metrics and logs listen. */
export class CoherenceEvents extends EventEmitter<{
  /** Whether this process leads the relay. */
  leading: [boolean];
  /** Changes that were taken from the outbox into the tiers. */
  applied: [count: number];
  /** What waits in the outbox to be applied, looked at from time to time. */
  outbox: [depth: { readonly rows: number; readonly oldestSeconds: number }];
  /** A sampled key's versions were compared: how long each tier was seen to be behind the source, 0 for not. */
  compared: [behind: { readonly l1BehindMs: number; readonly redisBehindMs: number }];
}> {}
