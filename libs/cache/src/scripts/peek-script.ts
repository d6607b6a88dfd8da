import { PRELUDE, type Script } from './script.js';

/**
 * Looks without leasing, for whoever will not load: a warm start, a meter.
 *
 *     KEYS  key
 *     → {bytes, milliseconds left} or nil
 */
export const PEEK_SCRIPT: Script = {
  name: 'hotshelfPeek',
  numberOfKeys: 1,
  lua: `${PRELUDE}
local entry = stored()
if not entry or not entry.known or entry.state == TOMBSTONE then return nil end
return { entry.bytes, redis.call('PTTL', KEYS[1]) }
`,
};
