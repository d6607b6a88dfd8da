import { absentEntry, type CacheEntry, type CacheKey, isVersion, presentEntry } from './entry.js';

/**
 * An entry as one binary string in Redis.
 *
 *     0  'H' 'S'             2  format
 *     3  state (0 absent, 1 present, 2 tombstone, 3 present and written)
 *     4  version, float64
 *     12 whole fresh time    20 grace after it     28 time of the load, milliseconds, float64 each
 *     36 length of the entity tag, uint8, the tag, then the body
 *
 * Bytes 0 to 11 are the same in every format, so that a change is compared by its version also with what another
 * release wrote; the rest is read only by a release that knows the format, and is a miss to the others. A release whose
 * bodies differ needs a format of its own too: 3 has the layout of 2, with other bodies.
 *
 * A written entry was put by the change itself. Like a tombstone it says that its version was announced to every process; of
 * one that was filled in nothing was announced.
 *
 * Times are lengths, not points: the moment they count from follows from what is left of the key's life in
 * Redis, so that no two machines' clocks are ever compared.
 */
export const FORMAT = 3;
export const HEADER_BYTES = 37;
/** No time of an entry is longer: some 30 years. What claims to be is garbage, and infinite times compare as none. */
export const MAX_LENGTH_MS = 1e12;

const [H, S] = Buffer.from('HS', 'latin1');
const [QUOTE, FIRST_VISIBLE, LAST_VISIBLE] = [0x22, 0x21, 0x7e];

/** Those that hold an entry. */
const STATES = { absent: 0, present: 1, written: 3 } as const;

/** @param by what brings it: a load, or the change itself; default: a load */
export function encodeEntry(entry: CacheEntry, by: 'fill' | 'change' = 'fill'): Buffer {
  const state = entry.state === 'present' && by === 'change' ? 'written' : entry.state;
  const [tag, body] = entry.state === 'absent' ? ['', ''] : [entry.etag, entry.body];
  // Each byte is written below. From the pool: an ArrayBuffer of its own costs more than the rest of the entry.
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + tag.length + body.length);
  bytes.write('HS', 'latin1');
  bytes.writeUInt8(FORMAT, 2);
  bytes.writeUInt8(STATES[state], 3);
  bytes.writeDoubleBE(entry.version, 4);
  bytes.writeDoubleBE(entry.freshUntilMs - entry.loadedAtMs, 12);
  bytes.writeDoubleBE(entry.graceUntilMs - entry.freshUntilMs, 20);
  bytes.writeDoubleBE(entry.loadMs, 28);
  bytes.writeUInt8(tag.length, 36);
  bytes.write(tag, HEADER_BYTES, 'latin1');
  bytes.write(body, HEADER_BYTES + tag.length, 'latin1');
  return bytes;
}

/**
 * A strong entity tag (RFC 9110 §8.8.3) in ASCII. It becomes a header: a line break in it would begin another answer, and
 * Node refuses to send it by throwing.
 */
function isTag(bytes: Buffer, start: number, end: number): boolean {
  const last = end - 1;
  if (end > bytes.length || last <= start || bytes[start] !== QUOTE || bytes[last] !== QUOTE) return false;
  for (let at = start + 1; at < last; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < FIRST_VISIBLE || byte > LAST_VISIBLE || byte === QUOTE) return false;
  }
  return true;
}

function isLength(ms: number): boolean {
  return ms >= 0 && ms <= MAX_LENGTH_MS;
}

/**
 * Bytes from Redis are input, of other releases and of everyone who can write there: they are an entry or nothing.
 *
 * @param bytes the value of the key
 * @param leftMs the rest of the key's life in milliseconds
 * @param nowMs this process's clock
 * @returns null if the bytes are not an entry of this format
 */
export function decodeEntry(key: CacheKey, bytes: Buffer, leftMs: number, nowMs: number): CacheEntry | null {
  if (bytes.length < HEADER_BYTES || bytes[0] !== H || bytes[1] !== S || bytes[2] !== FORMAT) return null;
  const version = bytes.readDoubleBE(4);
  const freshForMs = bytes.readDoubleBE(12);
  const graceForMs = bytes.readDoubleBE(20);
  const loadMs = bytes.readDoubleBE(28);
  const bodyAt = HEADER_BYTES + bytes.readUInt8(36);
  if (!isVersion(version)) return null;
  if (!isLength(freshForMs) || !isLength(graceForMs) || !isLength(loadMs)) return null;
  const graceUntilMs =
    nowMs +
    /* guard(l2-life-is-not-prolonged): = (freshForMs + graceForMs) */ Math.min(
      leftMs,
      freshForMs + graceForMs,
    );
  const freshUntilMs = graceUntilMs - graceForMs;
  const base = { key, version, graceUntilMs, freshUntilMs, loadedAtMs: freshUntilMs - freshForMs, loadMs };
  if (bytes[3] === STATES.absent)
    return bytes.length === HEADER_BYTES && bodyAt === HEADER_BYTES ? absentEntry(base) : null;
  const isThere = bytes[3] === STATES.present || bytes[3] === STATES.written;
  if (!isThere || !isTag(bytes, HEADER_BYTES, bodyAt)) return null;
  const etag = bytes.toString('latin1', HEADER_BYTES, bodyAt);
  return presentEntry(base, { etag, body: bytes.toString('latin1', bodyAt) });
}

/** The bytes of a value's JSON, a byte a character, as entries hold them. */
export function serialised(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('latin1');
}
