import type { Script } from '#libs/redis';
import { CODEC_IN_LUA, FORMAT, HEADER_BYTES } from '../entry/codec.js';

/**
 * What the scripts that lease share: `take(lease, token, milliseconds)` takes the lease if no process has it, and returns whether it
 * is this one's: a call that is sent again has it already. One that has no end, or a later one than a lease can have, belongs to no
 * process: Redis' clock went back, or a foreign hand left it, and all readers would wait for it in vain.
 */
const LEASING = `
local function take(lease, token, life)
  local left = redis.call('PTTL', lease)
  -- guard(one-lease-per-key): drop
  if left >= 0 and left <= tonumber(life) then return redis.pcall('GET', lease) == token end
  redis.call('SET', lease, token, 'PX', life)
  return true
end
`;

/**
 * How a key is read: the sum of those that apply. `lease`: its reader loads what is not there. `compare`: its reader has seen the key
 * before.
 */
export const READ_IS = { lease: 1, compare: 2 } as const;

/** The second number of a reply for a key that it has no entry of; beside an entry it is what is left of its life, twice. */
export const READ_REPLY = {
  nothing: 0,
  leased: -1,
  leasedOverGarbage: -2,
  held: -3,
  same: -4,
  changed: -5,
  refused: -6,
} as const;

/**
 * Get or lease (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, §3.2.1), of many keys. What is there comes back with what is
 * left of its life. For a reader that loads, an entry that is past its fresh time comes to the first one to see it with the lease to
 * refresh it; a miss is leased to one, and to the others it is held. A reader that does not load gets an entry of any age, or the version
 * of a change, and no lease.
 *
 * A reader that has seen a later version than the one that is there gets none: Redis is behind for that key. One that
 * has the very entry that is there gets that answer, and is spared the bytes.
 *
 * A Redis that is full, or a replica, answers what it has: the refusal of a lease is an answer for its key, and fails no other.
 *
 * The names of the leases are made here, since most reads find everything.
 *
 *     KEYS  key, for each
 *     ARGV  milliseconds of a lease, beginning of the tokens: the number of the key follows, length of the first key's name without the
 *           namespace, what a lease's name has between the namespace and that, a digit for each key: how it is read;
 *           for each key that is compared: least version wanted, version at hand or -1, its tag or ''
 *     → for each key two of
 *       bytes, twice the milliseconds left, and 1 more if leased too
 *       nil, 0 nothing is there
 *       version of what is there or 0, -1 leased or -2 leased and garbage was found
 *       nil, -3 leased to another reader
 *       nil, -4 the entry at hand is what is there, and fresh if the reader loads
 *       version, -5 only the version of a change is there, or an entry that this reader cannot use
 *       nil, -6 the lease was refused
 */
export const READ_SCRIPT: Script = {
  name: 'hotshelfRead',
  numberOfKeys: 'any',
  lua: `${CODEC_IN_LUA}${LEASING}
local call, byte, number = redis.call, string.byte, struct.unpack
local hows, namespace, argument = ARGV[5], #KEYS[1] - tonumber(ARGV[3]), 6
local function lease(n)
  local name = string.sub(KEYS[n], 1, namespace) .. ARGV[4] .. string.sub(KEYS[n], namespace + 1)
  return take(name, ARGV[2] .. n, ARGV[1])
end
local function look(n, bytes, mayLease, least, version, tag)
  local entry = type(bytes) == 'string' and describe(bytes) or nil
  local usable = entry and entry.known and entry.state ~= TOMBSTONE and entry.version >= least
  local left = usable and call('PTTL', KEYS[n]) or 0
  if left > 0 and not (mayLease and left <= number('>d', entry.bytes, 21)) then
    if version and isSame(entry, version, tag) then return false, ${READ_REPLY.same} end
    return entry.bytes, 2 * left
  end
  if not mayLease then
    if entry then return floorOf(entry), ${READ_REPLY.changed} end
    return false, ${READ_REPLY.nothing}
  end
  -- guard(refused-lease-fails-no-other): = local leased, isOurs = true, lease(n)
  local leased, isOurs = pcall(lease, n)
  if not leased then return false, ${READ_REPLY.refused} end
  if left > 0 then return entry.bytes, 2 * left + (isOurs and 1 or 0) end
  if not isOurs then return false, ${READ_REPLY.held} end
  return floorOf(entry), bytes and not entry and ${READ_REPLY.leasedOverGarbage} or ${READ_REPLY.leased}
end
local function read(n)
  -- Of another type: an error, which is no string.
  local bytes, how = redis.pcall('GET', KEYS[n]), byte(hows, n) - 48
  local mayLease = how % 2 == ${READ_IS.lease}
  if how >= ${READ_IS.compare} then
    argument = argument + 3
    return look(n, bytes, mayLease, tonumber(ARGV[argument - 3]), ARGV[argument - 2], ARGV[argument - 1])
  end
  -- Nearly all that is read ends here: the reader checks what it gets as a whole, and takes a closer look if it is no entry.
  if type(bytes) == 'string' and #bytes >= ${HEADER_BYTES} then
    local H, S, format, state = byte(bytes, 1, 4)
    if format == ${FORMAT} and state ~= TOMBSTONE and H == 72 and S == 83 then
      local left = call('PTTL', KEYS[n])
      if left > number('>d', bytes, 21) then return bytes, 2 * left end
    end
  end
  return look(n, bytes, mayLease, 0)
end
local found = {}
for n = 1, #hows do
  found[2 * n - 1], found[2 * n] = read(n)
end
return found
`,
};

/** The same of one key, for a cluster, where a script names all its keys: the key, and its lease. See TOMBSTONE_SCRIPT. */
export const READ_ONE_SCRIPT: Script = { ...READ_SCRIPT, name: 'hotshelfReadOne', numberOfKeys: 2 };

/**
 * Grants a lease whatever is stored, for a caller that will load in any case.
 *
 *     KEYS  key, lease    ARGV  token, milliseconds of the lease
 *     → the version of the stored entry or 0, nil if another process has the lease
 */
export const LEASE_SCRIPT: Script = {
  name: 'hotshelfLease',
  numberOfKeys: 2,
  lua: `${CODEC_IN_LUA}${LEASING}
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
