import { PRELUDE, type Script } from './script.js';

/**
 * Accept if newer: a change, as an entry or as a tombstone, goes in unless the tier knows of the same or of a later
 * one, and takes away the lease of whoever is loading what is now the past. An entry may take the place of the
 * tombstone of its own version: it says the same and more.
 *
 *     KEYS  key, lease    ARGV  bytes, milliseconds of life
 *     → 1 accepted, 0 not newer
 */
export const PUT_SCRIPT: Script = {
  name: 'hotshelfPut',
  numberOfKeys: 2,
  lua: `${PRELUDE}
local entry, change = stored(), describe(ARGV[1])
if entry then
  local completes = entry.version == change.version and entry.state == TOMBSTONE and change.state ~= TOMBSTONE
  if entry.version >= change.version and not completes then return 0 end
end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`,
};
