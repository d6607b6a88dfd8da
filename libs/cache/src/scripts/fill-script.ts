import type { Script } from '#libs/redis';
import { PRELUDE } from './prelude.js';

/**
 * Fill under a lease: what was loaded goes in only while the lease that it was loaded under stands. Every accepted
 * change takes the lease away, so a value that was read before the change can not come in after it, also when the
 * changed entry was evicted or flushed meanwhile and left no version to compare with.
 *
 *     KEYS  key, lease    ARGV  token, bytes, milliseconds of life
 *     → 1 filled, 0 the lease was lost, -1 a newer version is there
 */
export const FILL_SCRIPT: Script = {
  name: 'hotshelfFill',
  numberOfKeys: 2,
  lua: `${PRELUDE}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
local entry = stored()
if entry and entry.version > describe(ARGV[2]).version then return -1 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`,
};
