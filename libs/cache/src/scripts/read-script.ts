import type { Script } from '#libs/redis';
import { LEASING, PRELUDE } from './prelude.js';

/** The first element of the reply: what the key turned out to be. */
export const READ_REPLY = { hit: 1, leased: 2, held: 3, same: 4 } as const;

/**
 * Get or lease (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, §3.2.1). A hit comes back with what is
 * left of its life; where it is stale, the first one to see it also gets the lease to refresh it. A miss is leased to
 * one; the others learn how long that one has.
 *
 * A reader that has seen a later version than the one that is there gets none: Redis is behind for that key. One that
 * has the very version that is there is told so, and spared the bytes.
 *
 *     KEYS  key, lease    ARGV  token, milliseconds of the lease, least version wanted, version at hand or -1
 *     → {1, bytes, milliseconds left, 1 where leased too}
 *     → {2, version of what is there or 0, 1 where garbage was found}
 *     → {3, milliseconds left of the holder's lease}
 *     → {4} the version at hand is what is there, and fresh
 */
export const READ_SCRIPT: Script = {
  name: 'hotshelfRead',
  numberOfKeys: 2,
  lua: `${PRELUDE}${LEASING}
local entry, garbage = stored()
if entry and entry.known and entry.state ~= TOMBSTONE and entry.version >= tonumber(ARGV[3]) then
  local left = redis.call('PTTL', KEYS[1])
  if left > 0 then
    local stale = left <= struct.unpack('>d', entry.bytes, 21)
    if not stale and entry.version == tonumber(ARGV[4]) then return { ${READ_REPLY.same} } end
    return { ${READ_REPLY.hit}, entry.bytes, left, stale and lease() and 1 or 0 }
  end
end
if lease() then
  return { ${READ_REPLY.leased}, floorOf(entry), garbage and 1 or 0 }
end
return { ${READ_REPLY.held}, redis.call('PTTL', KEYS[2]) }
`,
};
