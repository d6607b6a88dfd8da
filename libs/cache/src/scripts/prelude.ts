import { FORMAT, HEADER_BYTES } from '../entry/codec.js';

/**
 * What the scripts share: `stored()` is what the first key holds (or the one that is given), as `nil` (nothing), or a table with `version`, and
 * `known` where it is of our format. A key of another type, and a string that is no entry, are garbage: they are
 * read as nothing and written over.
 */
export const PRELUDE = `
local TOMBSTONE = 2
local function isEntry(bytes)
  if #bytes < ${HEADER_BYTES} then return false end
  local state = string.byte(bytes, 4)
  if state >= TOMBSTONE then return state == TOMBSTONE end
  local fresh, grace, load = struct.unpack('>ddd', bytes, 13)
  local tag = string.byte(bytes, ${HEADER_BYTES})
  return fresh >= 0 and grace >= 0 and load >= 0 and #bytes >= ${HEADER_BYTES} + tag
end
local function describe(bytes)
  if not bytes or #bytes < 12 or string.sub(bytes, 1, 2) ~= 'HS' then return nil end
  local version = struct.unpack('>d', bytes, 5)
  if not (version >= 0 and version <= 9007199254740991 and version % 1 == 0) then return nil end
  local known = string.byte(bytes, 3) == ${FORMAT}
  if known and not isEntry(bytes) then return nil end
  return { bytes = bytes, version = version, state = string.byte(bytes, 4), known = known }
end
local function stored(key)
  local bytes = redis.pcall('GET', key or KEYS[1])
  if type(bytes) == 'table' then return nil, true end
  local entry = describe(bytes)
  return entry, bytes and not entry
end
local function floorOf(entry) return entry and string.format('%.0f', entry.version) or '0' end
local function tombstoneOf(entry)
  local head = string.sub(entry.bytes, 1, 3) .. string.char(TOMBSTONE) .. string.sub(entry.bytes, 5, 12)
  return head .. string.rep(string.char(0), ${HEADER_BYTES} - 12)
end
`;

/**
 * What the scripts that lease share: `lease()` takes the lease where nobody has it, and tells whether it did. One that
 * has no end, or a later one than a lease can have, is nobody's: Redis' clock went back, or a foreign hand left it, and
 * all readers would wait for it in vain.
 *
 *     KEYS  key, lease    ARGV  token, milliseconds of the lease
 */
export const LEASING = `
local function lease()
  local left = redis.call('PTTL', KEYS[2])
  if left >= 0 and left <= tonumber(ARGV[2]) then return false end
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return true
end
`;
