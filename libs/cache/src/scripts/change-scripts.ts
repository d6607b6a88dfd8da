import type { Script } from '#libs/redis';
import { CODEC_IN_LUA } from '../entry/codec.js';
import { ANNOUNCEMENT_PREFIX, CLAIM_PREFIX, LEASE_PREFIX, SUPERSEDING } from './l2-scripts.js';

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
 * Changes of one moment share a script, see L2Trip.
 *
 *     KEYS  key, lease, claim, announcement, and so on for each key
 *     ARGV  milliseconds of a tombstone's life; for each: bytes, milliseconds of life, version claimed or name of the claim or ''
 *     → for each: 0 not newer, 1 accepted, 2 accepted as a tombstone, 3 the same, and a load was under way
 */
export const PUT_SCRIPT: Script = {
  name: 'hotshelfPut',
  numberOfKeys: 'any',
  lua: `${CODEC_IN_LUA}${SUPERSEDING}
local function put(key, lease, claim, announcement, bytes, life, mine)
  local entry, change = stored(key), describe(bytes)
  -- guard(write-is-announced): drop
  if not (entry and entry.announced and entry.version >= change.version) then announce(announcement) end
  -- guard(only-newer-is-put): drop
  if entry and entry.version >= change.version then return ${PUT_REPLY.notNewer} end
  -- guard(write-takes-lease): = local claimed, name, passed = announced(claim)
  local claimed, name, passed, leased = supersede(lease, claim, change.version)
  local proven = entry and entry.known and entry.state ~= TOMBSTONE
    or claimed == change.version and claimed == tonumber(mine)
    or name == mine and passed < change.version
  -- guard(put-needs-its-claim): = if true then
  if proven then
    -- The other writers under the claim find an entry to compare with.
    if name then redis.call('DEL', claim) end
    redis.call('SET', key, bytes, 'PX', life)
    return ${PUT_REPLY.entry}
  end
  redis.call('SET', key, tombstoneOf(change), 'PX', ARGV[1])
  return leased and ${PUT_REPLY.superseding} or ${PUT_REPLY.tombstone}
end
local outcomes = {}
for n = 1, #KEYS / 4 do
  outcomes[n] = put(KEYS[4 * n - 3], KEYS[4 * n - 2], KEYS[4 * n - 1], KEYS[4 * n],
    ARGV[3 * n - 1], ARGV[3 * n], ARGV[3 * n + 1])
end
return outcomes
`,
};

/** The same of one key, for a cluster; see TOMBSTONE_SCRIPT. */
export const PUT_ONE_SCRIPT: Script = { ...PUT_SCRIPT, name: 'hotshelfPutOne', numberOfKeys: 4 };

/**
 * Fill under a lease: what was loaded goes in only while the lease that it was loaded under stands. Every accepted
 * change takes the lease away, so a value that was read before the change cannot come in after it, also when the
 * changed entry was evicted or flushed meanwhile and left no version to compare with.
 *
 * Fills of one moment share a script, see L2Trip.
 *
 *     KEYS  key, lease, and so on for each key    ARGV  for each: token, bytes, milliseconds of life
 *     → for each: 1 filled, 0 the lease was lost, -1 a newer version is there
 */
export const FILL_SCRIPT: Script = {
  name: 'hotshelfFill',
  numberOfKeys: 'any',
  lua: `${CODEC_IN_LUA}
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

/** `take(…)` takes one change in; see TOMBSTONES_SCRIPT. The first argument of its script is the milliseconds of a tombstone's life. */
const TAKING = `${CODEC_IN_LUA}${SUPERSEDING}
local function includes(entry, version, flags)
  if not entry then return false end
  if entry.version == version and flags % ${CHANGE_IS.replayed} < ${CHANGE_IS.several} then return true end
  return entry.state == PRESENT and entry.version >= version and flags % 2 == 0
end
local function take(key, lease, claim, announcement, version, flags)
  local entry = stored(key)
  local isIncluded = includes(entry, version, flags)
  if not isIncluded then
    -- guard(change-takes-lease): drop
    local claimed, name, passed, leased = supersede(lease, claim, version)
    local bytes = entry and entry.version > version and tombstoneOf(entry) or tombstone(version)
    -- guard(replay-leaves-tombstones-while-untrusted): = if flags < ${CHANGE_IS.replayed} then
    if flags < ${CHANGE_IS.replayed} or entry or claimed or name or leased then
      -- guard(change-leaves-a-tombstone): drop
      redis.call('SET', key, bytes, 'PX', ARGV[1])
    end
  end
  -- guard(included-change-is-announced): = if not isIncluded then announce(announcement) end
  if not (isIncluded and entry.announced) then announce(announcement, not isIncluded) end
  return isIncluded and 0 or 1
end
`;

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
 * The names of the other keys are made here, since a bulk change is mostly names: there is no cluster, where a script has to name all
 * its keys beforehand.
 *
 *     KEYS  key, for each
 *     ARGV  milliseconds of life, length of the first key's name without the namespace; for each: version, flags
 *     → how many invalidated something
 */
export const TOMBSTONES_SCRIPT: Script = {
  name: 'hotshelfTombstones',
  numberOfKeys: 'any',
  lua: `${TAKING}
local namespace = #KEYS[1] - tonumber(ARGV[2])
local taken = 0
for n = 1, #KEYS do
  local start, name = string.sub(KEYS[n], 1, namespace), string.sub(KEYS[n], namespace + 1)
  local lease, claim = start .. '${LEASE_PREFIX}' .. name, start .. '${CLAIM_PREFIX}' .. name
  local announcement = start .. '${ANNOUNCEMENT_PREFIX}' .. name
  taken = taken + take(KEYS[n], lease, claim, announcement, tonumber(ARGV[2 * n + 1]), tonumber(ARGV[2 * n + 2]))
end
return taken
`,
};

/**
 * The same of one change, for a cluster: a script may touch one slot only, and names its keys. Its number of keys is fixed, so that the
 * driver can sort it by its key, and those for one master travel together.
 *
 *     KEYS  key, lease, claim, announcement    ARGV  milliseconds of life, version, flags
 */
export const TOMBSTONE_SCRIPT: Script = {
  name: 'hotshelfTombstone',
  numberOfKeys: 4,
  lua: `${TAKING}
return take(KEYS[1], KEYS[2], KEYS[3], KEYS[4], tonumber(ARGV[2]), tonumber(ARGV[3]))
`,
};
