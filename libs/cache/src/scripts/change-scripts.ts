import type { Script } from '#libs/redis';
import { PRELUDE, SUPERSEDING } from './prelude.js';

/** What became of a change. */
export const PUT_REPLY = { notNewer: 0, entry: 1, tombstone: 2, superseding: 3 } as const;

/**
 * Accept if newer: a change with its new state goes in unless the tier knows of the same or of a later
 * one, and takes away the lease of a process that loads what is now the past.
 *
 * An entry needs more than a greater number: a later change may have been there and be evicted or flushed, and this one
 * be late. What proves that none was is the claim that was made before the change was committed (CLAIM_SCRIPT, ANNOUNCE_SCRIPT),
 * or an older entry in its place, which no later change would have left there. Otherwise its version alone goes in, as a tombstone.
 *
 * A change is announced also if what is there includes it: that may have been filled in since the commit, which no process
 * was notified of.
 *
 *     KEYS  key, lease, claim, announcement
 *     ARGV  bytes, milliseconds of life, version claimed or name of the claim or '', milliseconds of a tombstone's life
 *     → 0 not newer, 1 accepted, 2 accepted as a tombstone, 3 the same, and a load was under way
 */
export const PUT_SCRIPT: Script = {
  name: 'hotshelfPut',
  numberOfKeys: 4,
  lua: `${PRELUDE}${SUPERSEDING}
local entry, change = stored(), describe(ARGV[1])
-- guard(write-is-announced): drop
if not (entry and entry.announced and entry.version >= change.version) then announce(KEYS[4]) end
-- guard(only-newer-is-put): drop
if entry and entry.version >= change.version then return ${PUT_REPLY.notNewer} end
-- guard(write-takes-lease): = local claimed, name, passed = announced(KEYS[3])
local claimed, name, passed, leased = supersede(KEYS[2], KEYS[3], change.version)
local proven = entry and entry.known and entry.state ~= TOMBSTONE
  or claimed == change.version and claimed == tonumber(ARGV[3])
  or name == ARGV[3] and passed < change.version
-- guard(put-needs-its-claim): = if true then
if proven then
  -- The other writers under the claim find an entry to compare with.
  if name then redis.call('DEL', KEYS[3]) end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ${PUT_REPLY.entry}
end
redis.call('SET', KEYS[1], tombstoneOf(change), 'PX', ARGV[4])
return leased and ${PUT_REPLY.superseding} or ${PUT_REPLY.tombstone}
`,
};

/**
 * Fill under a lease: what was loaded goes in only while the lease that it was loaded under stands. Every accepted
 * change takes the lease away, so a value that was read before the change cannot come in after it, also when the
 * changed entry was evicted or flushed meanwhile and left no version to compare with.
 *
 * Fills of one moment share a script, see SharedTrip.
 *
 *     KEYS  key, lease, and so on for each key    ARGV  for each: token, bytes, milliseconds of life
 *     → for each: 1 filled, 0 the lease was lost, -1 a newer version is there
 */
export const FILL_SCRIPT: Script = {
  name: 'hotshelfFill',
  numberOfKeys: 'any',
  lua: `${PRELUDE}
local function fill(key, lease, token, bytes, life)
  -- guard(fill-needs-its-lease): drop
  if redis.pcall('GET', lease) ~= token then return 0 end
  redis.call('DEL', lease)
  local entry = stored(key)
  if entry and entry.version > describe(bytes).version then return -1 end
  redis.call('SET', key, bytes, 'PX', life)
  return 1
end
local filled = {}
for n = 1, #KEYS / 2 do
  filled[n] = fill(KEYS[2 * n - 1], KEYS[2 * n], ARGV[3 * n - 2], ARGV[3 * n - 1], ARGV[3 * n])
end
return filled
`,
};

/** The same of one key, for a cluster; see TOMBSTONE_SCRIPT. */
export const FILL_ONE_SCRIPT: Script = { ...FILL_SCRIPT, name: 'hotshelfFillOne', numberOfKeys: 2 };

/** How a change compares with what is stored: the sum of those that apply. */
export const CHANGE_IS = { derived: 1, several: 2, replayed: 4 } as const;

/**
 * Takes many changes in, as tombstones: a change of ten thousand rows is ten thousand keys, and as many commands would hold up
 * everyone's reads for longer than they may wait.
 *
 * A change invalidates what is stored unless that provably includes it. A row's entry of a later version does: a row's
 * versions are in the order of its commits. What is stored under the very version does too: it came after that version was
 * announced, and so after its commit. Nothing else does: an absent entry and a tombstone have borrowed their versions, and
 * an answer that counts other rows changes in the order in which their transactions end. The version never goes down.
 *
 * A change that is replayed with very many others leaves no tombstone if its key has neither an entry nor a lease nor a claim: it
 * would fill Redis. It is as if the tombstone was evicted at once. No load or write under way can bring an older state then, and
 * each later one began after the change was committed. L1 may have what L2 has not, so it is announced like any other.
 *
 * It is announced also if what is there includes it, unless every process was notified of that: what was filled in after the
 * commit was announced to none, and their L1 may hold what was there before.
 *
 *     KEYS  key, lease, claim, announcement, and so on for each key
 *     ARGV  milliseconds of life, bytes, flags, bytes, flags, …
 *     → how many invalidated something
 */
export const TOMBSTONES_SCRIPT: Script = {
  name: 'hotshelfTombstones',
  numberOfKeys: 'any',
  lua: `${PRELUDE}${SUPERSEDING}
local function includes(entry, version, flags)
  if not entry then return false end
  if entry.version == version and flags % ${CHANGE_IS.replayed} < ${CHANGE_IS.several} then return true end
  return entry.state == PRESENT and entry.version >= version and flags % 2 == 0
end
local taken = 0
for n = 1, #KEYS / 4 do
  local key, lease, claim, announcement = KEYS[4 * n - 3], KEYS[4 * n - 2], KEYS[4 * n - 1], KEYS[4 * n]
  local change, flags = describe(ARGV[2 * n]), tonumber(ARGV[2 * n + 1])
  local entry = stored(key)
  local isIncluded = includes(entry, change.version, flags)
  if not isIncluded then
    -- guard(change-takes-lease): drop
    local claimed, name, passed, leased = supersede(lease, claim, change.version)
    local later = entry and entry.version > change.version
    -- guard(change-leaves-a-tombstone): drop
    redis.call('SET', key, later and tombstoneOf(entry) or change.bytes, 'PX', ARGV[1])
    -- guard(replay-leaves-tombstones-while-untrusted): = if flags >= ${CHANGE_IS.replayed} then
    if flags >= ${CHANGE_IS.replayed} and not entry and not claimed and not name and not leased then
      redis.call('DEL', key)
    end
    taken = taken + 1
  end
  -- guard(included-change-is-announced): = if not isIncluded then announce(announcement) end
  if not (isIncluded and entry.announced) then announce(announcement) end
end
return taken
`,
};

/**
 * The same of one change, for a cluster: a script may touch one slot only. Its number of keys is fixed, so that the driver can
 * sort it by its key, and those for one master travel together.
 */
export const TOMBSTONE_SCRIPT: Script = { ...TOMBSTONES_SCRIPT, name: 'hotshelfTombstone', numberOfKeys: 4 };
