import { createHash } from 'node:crypto';
import type { FeedPosition } from '#libs/db';
import { isSnapshot, type Snapshot } from './snapshot.js';

/**
 * Where a reader of the changes stands. It has everything that `seen` sees. If it is in the middle of a range, it also has what
 * `range.until` sees, up to `range.after`.
 */
export interface FeedCursor {
  /** Of the history that versions and transactions belong to, shortened: a cursor of another one means nothing. */
  readonly history: string;
  readonly seen: Snapshot;
  readonly range: { readonly until: Snapshot; readonly after: FeedPosition } | null;
}

const LARGEST_CURSOR = 16_384;
const FIELDS = 5;
const HISTORY = /^[\w-]{11}$/;
const NUMBER = /^-?\d{1,19}$/;

/** @param identity as the database reports it */
export function historyOf(identity: string): string {
  return createHash('sha256').update(identity).digest('base64url').slice(0, 11);
}

/** An opaque text of letters, digits, `-` and `_`. Snapshots list the transactions under way, so its length differs. */
export function encodeFeedCursor({ history, seen, range }: FeedCursor): string {
  const fields = [history, seen];
  if (range !== null) fields.push(range.until, range.after.version, range.after.id);
  return Buffer.from(fields.join(' ')).toString('base64url');
}

/** @returns null if it is not a cursor */
export function decodeFeedCursor(text: string): FeedCursor | null {
  if (text.length > LARGEST_CURSOR) return null;
  const fields = Buffer.from(text, 'base64url').toString('latin1').split(' ', FIELDS);
  const [history = '', seen = '', until = '', version = '', id = ''] = fields;
  if (!HISTORY.test(history) || !isSnapshot(seen)) return null;
  if (fields.length > 2 && !(isSnapshot(until) && NUMBER.test(version) && NUMBER.test(id))) return null;
  const range = fields.length > 2 ? { until, after: { version, id } } : null;
  const cursor = { history, seen, range };
  // Node also decodes text that is not base64url.
  return encodeFeedCursor(cursor) === text ? cursor : null;
}
