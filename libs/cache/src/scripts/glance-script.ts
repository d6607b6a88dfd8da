import type { Script } from '#libs/redis';
import { PRELUDE } from './prelude.js';

/**
 * What lies fresh under each of many keys. Everything else (nothing, garbage, another release's format, an entry past its
 * fresh time) is a `nil`: a closer look has to be taken, by the read script, which can also lease.
 *
 * It only reads: a Redis that is full or a replica answers it, and one bad key fails no other.
 *
 *     KEYS  any number    → for each: bytes or nil, milliseconds left
 */
export const GLANCE_SCRIPT: Script = {
  name: 'hotshelfGlance',
  numberOfKeys: 'any',
  lua: `${PRELUDE}
local function ready(key)
  local entry = stored(key)
  if not (entry and entry.known) then return false, 0 end
  local left = redis.call('PTTL', key)
  if left <= struct.unpack('>d', entry.bytes, 21) then return false, 0 end
  return entry.bytes, left
end
local found = {}
for at, key in ipairs(KEYS) do
  found[2 * at - 1], found[2 * at] = ready(key)
end
return found
`,
};
