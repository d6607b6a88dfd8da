import type { Script } from '#libs/redis';

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
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
};
