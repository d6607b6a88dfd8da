import type { Script } from '#libs/redis';
import { PRELUDE } from './prelude.js';

/** The first element of the reply: what the key turned out to be. */
export const PEEK_REPLY = { entry: 1, same: 2, changed: 3 } as const;

/**
 * Looks without leasing, for whoever will not load: a comparison, a warm start, a meter.
 *
 *     KEYS  key    ARGV  version at hand or -1
 *     → {1, bytes, milliseconds left}
 *     → {2} the version at hand is what is there
 *     → {3, version} only the version of a change is there
 *     → nil nothing is there
 */
export const PEEK_SCRIPT: Script = {
  name: 'hotshelfPeek',
  numberOfKeys: 1,
  lua: `${PRELUDE}
local entry = stored()
if not entry then return nil end
if not entry.known or entry.state == TOMBSTONE then return { ${PEEK_REPLY.changed}, floorOf(entry) } end
if entry.version == tonumber(ARGV[1]) then return { ${PEEK_REPLY.same} } end
return { ${PEEK_REPLY.entry}, entry.bytes, redis.call('PTTL', KEYS[1]) }
`,
};
