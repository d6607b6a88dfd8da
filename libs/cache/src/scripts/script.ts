import { FORMAT, HEADER_BYTES } from '../entry/codec.js';

/** A Lua script: one round trip, one slot, nothing in between. */
export interface Script {
  readonly name: string;
  readonly numberOfKeys: number;
  readonly lua: string;
}

/**
 * What the scripts share: `stored()` is what the key holds, as `nil` (nothing), or a table with `version`, and
 * `known` where it is of our format. A key of another type, and a string that is no entry, are garbage: they are
 * read as nothing and written over.
 */
export const PRELUDE = `
local function describe(bytes)
  if not bytes or #bytes < 12 or string.sub(bytes, 1, 2) ~= 'HS' then return nil end
  local version = struct.unpack('>d', bytes, 5)
  if not (version >= 0 and version <= 9007199254740991 and version % 1 == 0) then return nil end
  local known = string.byte(bytes, 3) == ${FORMAT} and #bytes >= ${HEADER_BYTES}
  return { bytes = bytes, version = version, state = string.byte(bytes, 4), known = known }
end
local function stored()
  local bytes = redis.pcall('GET', KEYS[1])
  if type(bytes) == 'table' then return nil, true end
  local entry = describe(bytes)
  return entry, bytes and not entry
end
local TOMBSTONE = 2
`;
