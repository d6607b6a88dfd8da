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
const MAX_LENGTH_MS = 1e12;

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

/**
 * The codec in Lua, for the scripts: `stored()` is what the first key holds (or the one that is given), as `nil` (nothing), or a table
 * with `version`, and `known` where it is of our format, and `announced` if every process was notified of its version. A key of another
 * type, and a string that is no entry, are garbage: they are read as nothing and written over. `isEntry` is decodeEntry: the two must
 * refuse the same bytes, or a key that one of them refuses is never written over.
 *
 * `isSame` compares an entry with one at hand by version and by tag: of an answer that counts other rows the version alone
 * says nothing, since a change that was versioned earlier may come later.
 */
export const CODEC_IN_LUA = `
local PRESENT, TOMBSTONE, WRITTEN = 1, 2, 3
local function isEntry(bytes)
  if #bytes < ${HEADER_BYTES} then return false end
  local state = string.byte(bytes, 4)
  if state == TOMBSTONE then return true end
  if state > WRITTEN then return false end
  local fresh, grace, load = struct.unpack('>ddd', bytes, 13)
  for _, length in ipairs({ fresh, grace, load }) do
    if not (length >= 0 and length <= ${MAX_LENGTH_MS}) then return false end
  end
  local tag = string.byte(bytes, ${HEADER_BYTES})
  if state < PRESENT then return #bytes == ${HEADER_BYTES} and tag == 0 end
  return string.find(string.sub(bytes, ${HEADER_BYTES + 1}, ${HEADER_BYTES} + tag), '^"[!#-~]*"$') ~= nil
end
local function describe(bytes)
  if not bytes or #bytes < 12 or string.sub(bytes, 1, 2) ~= 'HS' then return nil end
  local version = struct.unpack('>d', bytes, 5)
  if not (version >= 0 and version <= 9007199254740991 and version % 1 == 0) then return nil end
  local known = string.byte(bytes, 3) == ${FORMAT}
  -- guard(garbage-is-no-entry): drop
  if known and not isEntry(bytes) then return nil end
  local state = string.byte(bytes, 4)
  return {
    bytes = bytes, version = version, known = known,
    state = state == WRITTEN and PRESENT or state, announced = known and state >= TOMBSTONE,
  }
end
local function stored(key)
  -- guard(garbage-of-another-type): =   local bytes = redis.call('GET', KEYS[1])
  local bytes = redis.pcall('GET', key or KEYS[1])
  if type(bytes) == 'table' then return nil, true end
  local entry = describe(bytes)
  return entry, bytes and not entry
end
local function isSame(entry, version, tag)
  return entry.version == tonumber(version)
    and string.sub(entry.bytes, ${HEADER_BYTES + 1}, ${HEADER_BYTES} + string.byte(entry.bytes, ${HEADER_BYTES})) == tag
end
local function floorOf(entry) return entry and string.format('%.0f', entry.version) or '0' end
local NO_TIMES = string.rep(string.char(0), ${HEADER_BYTES} - 12)
local function tombstoneOf(entry)
  return string.sub(entry.bytes, 1, 3) .. string.char(TOMBSTONE) .. string.sub(entry.bytes, 5, 12) .. NO_TIMES
end
local function tombstone(version)
  return 'HS' .. string.char(${FORMAT}, TOMBSTONE) .. struct.pack('>d', version) .. NO_TIMES
end
`;

/** The bytes of a value's JSON, a byte a character, as entries hold them. */
export function serialised(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('latin1');
}
