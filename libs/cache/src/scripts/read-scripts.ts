import type { Script } from '#libs/redis';
import { FORMAT, HEADER_BYTES } from '../entry/codec.js';
import { LEASING, PRELUDE } from './prelude.js';

/** The first element of the reply: what the key turned out to be. */
export const READ_REPLY = { hit: 1, leased: 2, held: 3, same: 4 } as const;

/**
 * Get or lease (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, §3.2.1). A hit comes back with what is
 * left of its life; where it is stale, the first one to see it also gets the lease to refresh it. A miss is leased to
 * one; the others learn how long that one has.
 *
 * A reader that has seen a later version than the one that is there gets none: Redis is behind for that key. One that
 * has the very entry that is there gets that answer, and is spared the bytes.
 *
 * Readers of one moment share a script, see L2Trip.
 *
 *     KEYS  key, lease, and so on for each key
 *     ARGV  milliseconds of a lease; for each key: token, least version wanted, version at hand or -1, its tag or ''
 *     → for each key one of
 *       {1, bytes, milliseconds left, 1 where leased too}
 *       {2, version of what is there or 0, 1 where garbage was found}
 *       {3, milliseconds left of the holder's lease}
 *       {4} the entry at hand is what is there, and fresh
 */
export const READ_SCRIPT: Script = {
  name: 'hotshelfRead',
  numberOfKeys: 'any',
  lua: `${PRELUDE}${LEASING}
local function read(key, lease, token, least, version, tag)
  local entry, garbage = stored(key)
  if entry and entry.known and entry.state ~= TOMBSTONE and entry.version >= tonumber(least) then
    local left = redis.call('PTTL', key)
    if left > 0 then
      local stale = left <= struct.unpack('>d', entry.bytes, 21)
      if not stale and isSame(entry, version, tag) then return { ${READ_REPLY.same} } end
      return { ${READ_REPLY.hit}, entry.bytes, left, stale and take(lease, token, ARGV[1]) and 1 or 0 }
    end
  end
  if take(lease, token, ARGV[1]) then return { ${READ_REPLY.leased}, floorOf(entry), garbage and 1 or 0 } end
  return { ${READ_REPLY.held}, redis.call('PTTL', lease) }
end
local replies = {}
for n = 1, #KEYS / 2 do
  local at = 4 * n - 2
  replies[n] = read(KEYS[2 * n - 1], KEYS[2 * n], ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
end
return replies
`,
};

/** The same of one key, for a cluster; see TOMBSTONE_SCRIPT. */
export const READ_ONE_SCRIPT: Script = { ...READ_SCRIPT, name: 'hotshelfReadOne', numberOfKeys: 2 };

/** The first element of the reply: what the key turned out to be. */
export const PEEK_REPLY = { entry: 1, same: 2, changed: 3 } as const;

/**
 * Reads without leasing, for a caller that will not load: a comparison, a warm start, a meter. Those of one moment share a script,
 * see L2Trip.
 *
 *     KEYS  key, for each    ARGV  for each: version at hand or -1, its tag or ''
 *     → for each key one of
 *       {1, bytes, milliseconds left}
 *       {2} the entry at hand is what is there
 *       {3, version} only the version of a change is there
 *       {} nothing is there
 */
export const PEEK_SCRIPT: Script = {
  name: 'hotshelfPeek',
  numberOfKeys: 'any',
  lua: `${PRELUDE}
local function peek(key, version, tag)
  local entry = stored(key)
  if not entry then return {} end
  if not entry.known or entry.state == TOMBSTONE then return { ${PEEK_REPLY.changed}, floorOf(entry) } end
  if isSame(entry, version, tag) then return { ${PEEK_REPLY.same} } end
  return { ${PEEK_REPLY.entry}, entry.bytes, redis.call('PTTL', key) }
end
local replies = {}
for n = 1, #KEYS do
  replies[n] = peek(KEYS[n], ARGV[2 * n - 1], ARGV[2 * n])
end
return replies
`,
};

/** The same of one key, for a cluster; see TOMBSTONE_SCRIPT. */
export const PEEK_ONE_SCRIPT: Script = { ...PEEK_SCRIPT, name: 'hotshelfPeekOne', numberOfKeys: 1 };

/** The second number of a batch get's reply for a key that it has no entry of; beside an entry it is what is left of its life. */
export const BATCH_GET_REPLY = { unanswered: 0, leased: -1, leasedOverGarbage: -2, held: -3 } as const;

/**
 * What lies fresh under each of many keys, or the lease to load it where nothing is there. Everything else (an entry past its
 * fresh time, another release's format) is unanswered: a closer look has to be taken, by the read script.
 *
 * A Redis that is full, or a replica, answers what it has: a lease that it refuses leaves its key unanswered. One bad key fails no
 * other.
 *
 * The names of the leases are made here, since most batches find everything: there is no cluster, where a script has to name all its
 * keys beforehand.
 *
 *     KEYS  key, for each; those that may be loaded come first
 *     ARGV  milliseconds of a lease, beginning of the tokens: the number of the key follows, how many keys may be loaded, length of
 *           the first key's name without the namespace, what a lease's name has between the namespace and that
 *     → for each key two of
 *       bytes, milliseconds left
 *       version of what is there or 0, -1 leased or -2 leased and garbage was found
 *       nil, -3 leased to another reader
 *       nil, 0 unanswered
 */
export const BATCH_GET_SCRIPT: Script = {
  name: 'hotshelfBatchGet',
  numberOfKeys: 'any',
  lua: `${PRELUDE}${LEASING}
local call, byte, number = redis.call, string.byte, struct.unpack
local loadable, namespace = tonumber(ARGV[3]), #KEYS[1] - tonumber(ARGV[4])
local function leaseOf(key)
  return string.sub(key, 1, namespace) .. ARGV[5] .. string.sub(key, namespace + 1)
end
local function read(n, bytes)
  -- Nearly all that is read ends here: the reader checks what it gets as a whole, and takes a closer look where it is no entry.
  if bytes and #bytes >= ${HEADER_BYTES} then
    local H, S, format, state = byte(bytes, 1, 4)
    if format == ${FORMAT} and state ~= TOMBSTONE and H == 72 and S == 83 then
      local left = call('PTTL', KEYS[n])
      if left > number('>d', bytes, 21) then return bytes, left end
      return false, ${BATCH_GET_REPLY.unanswered}
    end
  end
  local entry, garbage = stored(KEYS[n])
  if entry and not entry.known then return false, ${BATCH_GET_REPLY.unanswered} end
  if n > loadable then return false, ${BATCH_GET_REPLY.unanswered} end
  -- guard(refused-lease-fails-no-other): = local leased, isOurs = true, take(leaseOf(KEYS[n]), ARGV[2] .. n, ARGV[1])
  local leased, isOurs = pcall(take, leaseOf(KEYS[n]), ARGV[2] .. n, ARGV[1])
  if not leased then return false, ${BATCH_GET_REPLY.unanswered} end
  if not isOurs then return false, ${BATCH_GET_REPLY.held} end
  return floorOf(entry), garbage and ${BATCH_GET_REPLY.leasedOverGarbage} or ${BATCH_GET_REPLY.leased}
end
local there, found = call('MGET', unpack(KEYS)), {}
for n = 1, #KEYS do
  found[2 * n - 1], found[2 * n] = read(n, there[n])
end
return found
`,
};
