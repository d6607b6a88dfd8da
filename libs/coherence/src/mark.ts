import { z } from 'zod';
import { EPOCH_REASONS, type EpochReason, type HistoryPoint } from './database-history.js';
import { isSnapshot } from './snapshot.js';

/** The applied part of the outbox in a Redis, with the database and the leader. */
export interface Mark extends HistoryPoint {
  /** The process that leads, by the name that it has in its own database. */
  readonly owner: string;
  /** Grows while the owner lives. */
  readonly beat: number;
  /** Names the time since Redis was last emptied of everything older; the one before, and why it ended. */
  readonly epoch: string;
  readonly formerEpoch: string;
  readonly reason: EpochReason;
}

const number = z.string().regex(/^\d{1,30}$/);
const name = z.string().max(100);

const MARK = z.strictObject({
  snapshot: z.string().refine(isSnapshot),
  identity: name,
  flushes: number,
  sequence: number.nullable(),
  wal: number.nullable(),
  startedAt: name,
  owner: name,
  beat: z.int().min(0),
  epoch: name,
  formerEpoch: name,
  reason: z.enum(EPOCH_REASONS),
});

/** @returns null if there is no mark: nothing, garbage, or another release's */
export function parseMark(text: string): Mark | null {
  if (text === '') return null;
  try {
    return MARK.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
