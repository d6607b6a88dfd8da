import type { Script } from '#libs/redis';
import { LEASING, PRELUDE } from './prelude.js';

/**
 * Grants a lease whatever is stored, for a caller that will load in any case.
 *
 *     KEYS  key, lease    ARGV  token, milliseconds of the lease
 *     → the version of the stored entry or 0, nil if another process has the lease
 */
export const LEASE_SCRIPT: Script = {
  name: 'hotshelfLease',
  numberOfKeys: 2,
  lua: `${PRELUDE}${LEASING}
return take(KEYS[2], ARGV[1], ARGV[2]) and floorOf(stored())
`,
};

/**
 * Gives a lease back, so that the next one to ask need not wait until it runs out. Only one's own: it may have run
 * out already and be another one's now.
 *
 *     KEYS  lease    ARGV  token
 *     → 1 released, 0 it was not ours
 */
export const RELEASE_SCRIPT: Script = {
  name: 'hotshelfRelease',
  numberOfKeys: 1,
  lua: `
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
};

/**
 * Claims a key for the version that a write is about to commit. To be called while the write holds the row: no later
 * version was committed then. Every change that is accepted deletes the claims that it is not older than, so a claim that
 * stands proves that no later version was accepted since, also where that one was evicted meanwhile.
 *
 * Readers and loaders ignore it: a write of a key, however long it waits, holds up none of them.
 *
 *     KEYS  claim    ARGV  version, milliseconds of life
 *     → 1 claimed, 0 a later write has claimed the key
 */
export const CLAIM_SCRIPT: Script = {
  name: 'hotshelfClaim',
  numberOfKeys: 1,
  lua: `
local claimed = tonumber(redis.pcall('GET', KEYS[1]))
if claimed and claimed > tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`,
};

/**
 * Claims a key for writes that commit by themselves, whose versions are not known before. Writers of a key at the same time
 * share one claim. It has a name, and remembers the greatest version that was accepted since (see SUPERSEDING): as
 * `<version>.<digits of the name>`, a number that is not greater than the next version, so that earlier releases delete it with
 * the next change.
 *
 *     KEYS  claim    ARGV  name (a point and digits), milliseconds of life
 *     → the name, nil if a transaction has claimed a version of the key
 */
export const ANNOUNCE_SCRIPT: Script = {
  name: 'hotshelfAnnounce',
  numberOfKeys: 1,
  lua: `
local there = redis.pcall('GET', KEYS[1])
if type(there) == 'string' then
  local name = string.match(there, '^%d+(%.%d+)$')
  if name then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return name
  end
  if tonumber(there) then return nil end
end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], '0' .. ARGV[1], 'PX', ARGV[2])
return ARGV[1]
`,
};
