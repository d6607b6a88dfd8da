import { absentEntry, presentEntry } from './compact-entry.js';
import type { CacheEntry, CacheKey } from './entry.js';

/**
 * An entry as one binary string in Redis.
 *
 *     0  'H' 'S'             2  format
 *     3  state (0 absent, 1 present, 2 tombstone)
 *     4  version, float64
 *     12 whole fresh time    20 grace after it     28 time of the load, milliseconds, float64 each
 *     36 length of the entity tag, uint8, the tag, then the body
 *
 * Bytes 0 to 11 are the same in every format, so that a change is compared by its version also with what another
 * release wrote; the rest is read only by a release that knows the format, and is a miss to the others.
 *
 * Times are lengths, not points: the moment they count from follows from what is left of the key's life in
 * Redis, so that no two machines' clocks are ever compared.
 */
export const FORMAT = 2;
export const HEADER_BYTES = 37;

const [H, S] = Buffer.from('HS', 'latin1');

const STATES = { absent: 0, present: 1, tombstone: 2 } as const;

function header(state: keyof typeof STATES, version: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write('HS', 'latin1');
  bytes.writeUInt8(FORMAT, 2);
  bytes.writeUInt8(STATES[state], 3);
  bytes.writeDoubleBE(version, 4);
  return bytes;
}

export function encodeEntry(entry: CacheEntry): Buffer {
  const head = header(entry.state, entry.version);
  head.writeDoubleBE(entry.freshUntilMs - entry.loadedAtMs, 12);
  head.writeDoubleBE(entry.graceUntilMs - entry.freshUntilMs, 20);
  head.writeDoubleBE(entry.loadMs, 28);
  if (entry.state === 'absent') return head;
  const tag = Buffer.from(entry.etag, 'latin1');
  head.writeUInt8(tag.length, 36);
  return Buffer.concat([head, tag, Buffer.from(entry.body, 'latin1')]);
}

/** What stands for a thing of which nothing is known but that nothing older than this version is true any more. */
export function encodeTombstone(version: number): Buffer {
  return header('tombstone', version);
}

/**
 * @param bytes what Redis held
 * @param leftMs what was left of the key's life
 * @param nowMs this process's clock
 * @returns null where the bytes are not an entry of this format
 */
export function decodeEntry(key: CacheKey, bytes: Buffer, leftMs: number, nowMs: number): CacheEntry | null {
  if (bytes.length < HEADER_BYTES || bytes[0] !== H || bytes[1] !== S || bytes[2] !== FORMAT) return null;
  const version = bytes.readDoubleBE(4);
  const freshForMs = bytes.readDoubleBE(12);
  const graceForMs = bytes.readDoubleBE(20);
  const loadMs = bytes.readDoubleBE(28);
  const bodyAt = HEADER_BYTES + bytes.readUInt8(36);
  if (!Number.isSafeInteger(version) || !(freshForMs >= 0 && graceForMs >= 0 && loadMs >= 0)) return null;
  if (bytes.length < bodyAt) return null;
  const graceUntilMs = nowMs + Math.min(leftMs, freshForMs + graceForMs);
  const freshUntilMs = graceUntilMs - graceForMs;
  const base = { key, version, graceUntilMs, freshUntilMs, loadedAtMs: freshUntilMs - freshForMs, loadMs };
  if (bytes[3] === STATES.absent) return absentEntry(base);
  if (bytes[3] !== STATES.present) return null;
  const etag = bytes.toString('latin1', HEADER_BYTES, bodyAt);
  return presentEntry(base, { etag, body: bytes.toString('latin1', bodyAt) });
}
