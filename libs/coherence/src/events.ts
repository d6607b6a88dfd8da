import { EventEmitter } from 'node:events';
import { EPOCH_REASONS, type EpochReason } from './database-history.js';

/** Events of the relay; metrics and logs listen. */
export class CoherenceEvents extends EventEmitter<{
  /** Whether this process leads the relay. */
  leading: [boolean];
  /** Changes that were taken from the outbox into the tiers. */
  applied: [count: number];
  /** The pending rows of the outbox, read from time to time. */
  outbox: [depth: { readonly rows: number; readonly oldestSeconds: number }];
  /** A sampled change: the time from its recording in the outbox until its invalidation arrived in this process. */
  lag: [seconds: number];
  /** A sampled key's versions were compared: how long each tier was behind the origin, 0 for not. */
  compared: [behind: { readonly l1BehindMs: number; readonly redisBehindMs: number }];
  /** This process began a new epoch: its cached entries are removed, or compared before use. */
  epoch: [EpochReason];
}> {}

export { EPOCH_REASONS, type EpochReason };
