import type { CacheEntry, CacheKey } from './entry.js';

/**
 * An entry as one binary string in Redis. The first three bytes name the format: a release that writes another
 * one writes another number, and a reader takes what it does not know for a miss.
 *
 *     0  'H' 'S' format     3  state (1 present, 0 absent)
 *     4  version, float64   12 whole fresh time, milliseconds, float64
 *     20 length of the entity tag, uint8, the tag, then the body
 *
 * Times are lengths, not points: the moment they count from follows from what is left of the key's life in
 * Redis, so that no two machines' clocks are ever compared.
 */
const MAGIC = Buffer.from([0x48, 0x53, 1]);
const HEADER_BYTES = 21;

export function encodeEntry(entry: CacheEntry): Buffer {
  const tag = entry.state === 'present' ? Buffer.from(entry.etag, 'latin1') : Buffer.alloc(0);
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt8(entry.state === 'present' ? 1 : 0, 3);
  header.writeDoubleBE(entry.version, 4);
  header.writeDoubleBE(entry.freshUntilMs - entry.loadedAtMs, 12);
  header.writeUInt8(tag.length, 20);
  return Buffer.concat(entry.state === 'present' ? [header, tag, entry.body] : [header]);
}

/**
 * @param bytes what Redis held
 * @param freshLeftMs what was left of the key's life
 * @param nowMs this process's clock
 * @returns null where the bytes are not an entry of this format
 */
export function decodeEntry(
  key: CacheKey,
  bytes: Buffer,
  freshLeftMs: number,
  nowMs: number,
): CacheEntry | null {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 3).equals(MAGIC)) return null;
  const version = bytes.readDoubleBE(4);
  const freshForMs = bytes.readDoubleBE(12);
  const bodyAt = HEADER_BYTES + bytes.readUInt8(20);
  if (bytes.length < bodyAt || !Number.isSafeInteger(version) || !(freshForMs > 0)) return null;
  const freshUntilMs = nowMs + Math.min(freshLeftMs, freshForMs);
  const base = { key, version, freshUntilMs, loadedAtMs: freshUntilMs - freshForMs };
  if (bytes.readUInt8(3) === 0) return { state: 'absent', ...base };
  const etag = bytes.toString('latin1', HEADER_BYTES, bodyAt);
  return { state: 'present', ...base, etag, body: copyOf(bytes.subarray(bodyAt)) };
}

/** The driver's buffers are windows on whole socket reads: keeping one keeps up to 64 KiB of neighbours alive. */
function copyOf(window: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(window.length);
  window.copy(copy);
  return copy;
}
