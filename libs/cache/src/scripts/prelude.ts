import { FORMAT, HEADER_BYTES, MAX_LENGTH_MS } from '../entry/codec.js';

/**
 * What the scripts share: `stored()` is what the first key holds (or the one that is given), as `nil` (nothing), or a table with `version`, and
 * `known` where it is of our format, and `announced` if every process was notified of its version. A key of another type, and a string that is no entry, are garbage: they are
 * read as nothing and written over. `isEntry` is decodeEntry of the codec: the two must refuse the same bytes, or a key that
 * one of them refuses is never written over.
 *
 * `isSame` compares an entry with one at hand by version and by tag: of an answer that counts other rows the version alone
 * says nothing, since a change that was versioned earlier may come later.
 */
export const PRELUDE = `
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

/**
 * `announce(key)` touches a key that is tracked, and leaves nothing there: Redis announces each key that was written, whatever
 * has become of it by the end of the script. So nothing has to be stored, evicted or to expire for an invalidation.
 *
 * It begins with a command that a full Redis carries out, which lets the script that follows be carried out whole; `begun` says that
 * the script has carried one out before.
 */
export const ANNOUNCING = `
local function announce(key, begun)
  -- guard(full-redis-announces-changes): drop
  if not begun then redis.call('DEL', key) end
  redis.call('SET', key, '')
  redis.call('DEL', key)
end
`;

/**
 * What the scripts that take a change in share: `supersede(lease, claim, version)` deletes the lease of a loader, and every
 * claim that this change is not older than. The claim of a later version stands, and one without a version (see
 * ANNOUNCE_SCRIPT) remembers the greatest version that passed it. Returns what was claimed: a version, or the name of the claim
 * and the greatest version that had passed it before; and whether there was a lease.
 *
 * It begins as announcements do.
 */
export const SUPERSEDING = `${ANNOUNCING}
local function announced(claim)
  local text = redis.pcall('GET', claim)
  if type(text) ~= 'string' then return nil end
  local passed, name = string.match(text, '^(%d+)(%.%d+)$')
  if name then return nil, name, tonumber(passed) end
  return tonumber(text)
end
local function supersede(lease, claim, version)
  -- guard(full-redis-takes-changes): drop
  local leased = redis.call('DEL', lease) > 0
  local claimed, name, passed = announced(claim)
  if claimed and claimed <= version then redis.call('DEL', claim) end
  -- guard(change-passes-announced-writes): drop
  if name and passed < version then redis.call('SET', claim, string.format('%.0f', version) .. name, 'KEEPTTL') end
  return claimed, name, passed, leased
end
`;
