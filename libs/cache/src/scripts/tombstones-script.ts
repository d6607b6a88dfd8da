import type { Script } from '#libs/redis';
import { PRELUDE } from './prelude.js';

/**
 * Accept if newer, of many changes at once, as tombstones: a change of ten thousand rows is ten thousand keys, and as
 * many commands would hold up everyone's reads for longer than they may wait.
 *
 *     KEYS  key, lease, key, lease, …    ARGV  milliseconds of life, bytes, bytes, …
 *     → how many were newer
 */
export const TOMBSTONES_SCRIPT: Script = {
  name: 'hotshelfTombstones',
  numberOfKeys: 'any',
  lua: `${PRELUDE}
local taken = 0
for n = 1, #KEYS / 2 do
  local key, lease, bytes = KEYS[2 * n - 1], KEYS[2 * n], ARGV[n + 1]
  local entry = stored(key)
  if not entry or entry.version < describe(bytes).version then
    redis.call('DEL', lease)
    redis.call('SET', key, bytes, 'PX', ARGV[1])
    taken = taken + 1
  end
end
return taken
`,
};

/**
 * The same of one change, for a cluster: a script may touch one slot only. Its number of keys is fixed, so that the driver can
 * sort it by its key, and those for one master travel together.
 */
export const TOMBSTONE_SCRIPT: Script = { ...TOMBSTONES_SCRIPT, name: 'hotshelfTombstone', numberOfKeys: 2 };
