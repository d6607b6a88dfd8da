import type { Script } from '#libs/redis';
import { PRELUDE } from './prelude.js';

/** The first element of the reply: what the key turned out to be. */
export const PEEK_REPLY = { entry: 1, same: 2, changed: 3 } as const;

/**
 * Looks at each of some keys without leasing, for whoever will not load: a comparison, a warm start, a meter.
 *
 *     KEYS  any number, in one slot    ARGV  for each: version at hand or -1
 *     → for each:
 *       {1, bytes, milliseconds left}
 *       {2} the version at hand is what is there
 *       {3, version} only the version of a change is there
 *       nil nothing is there
 */
export const PEEK_SCRIPT: Script = {
  name: 'hotshelfPeek',
  numberOfKeys: 'any',
  alone: true,
  lua: `${PRELUDE}
local function look(key, versionAtHand)
  local entry = stored(key)
  if not entry then return false end
  if not entry.known or entry.state == TOMBSTONE then return { ${PEEK_REPLY.changed}, floorOf(entry) } end
  if entry.version == tonumber(versionAtHand) then return { ${PEEK_REPLY.same} } end
  return { ${PEEK_REPLY.entry}, entry.bytes, redis.call('PTTL', key) }
end
local found = {}
for at, key in ipairs(KEYS) do found[at] = look(key, ARGV[at]) end
return found
`,
};
