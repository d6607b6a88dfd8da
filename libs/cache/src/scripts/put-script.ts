import type { Script } from '#libs/redis';
import { PRELUDE } from './prelude.js';

/** What became of a change. */
export const PUT_REPLY = { notNewer: 0, entry: 1, tombstone: 2 } as const;

/**
 * Accept if newer: a change with its new state goes in unless the tier knows of the same or of a later
 * one, and takes away the lease of whoever is loading what is now the past.
 *
 * An entry needs more than a greater number: a later change may have been there and be evicted or flushed, and this one
 * be late. What proves that none was is the lease that the change was made under, or an older entry in its place, which
 * no later change would have left there. Otherwise its version alone goes in, as a tombstone.
 *
 *     KEYS  key, lease    ARGV  bytes, milliseconds of life, token or '', milliseconds of a tombstone's life
 *     → 0 not newer, 1 accepted, 2 accepted as a tombstone
 */
export const PUT_SCRIPT: Script = {
  name: 'hotshelfPut',
  numberOfKeys: 2,
  lua: `${PRELUDE}
local entry, change = stored(), describe(ARGV[1])
if entry and entry.version >= change.version then return ${PUT_REPLY.notNewer} end
local proven = entry and entry.known and entry.state ~= TOMBSTONE
  or redis.call('GET', KEYS[2]) == ARGV[3]
redis.call('DEL', KEYS[2])
if proven then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ${PUT_REPLY.entry}
end
redis.call('SET', KEYS[1], tombstoneOf(change), 'PX', ARGV[4])
return ${PUT_REPLY.tombstone}
`,
};
