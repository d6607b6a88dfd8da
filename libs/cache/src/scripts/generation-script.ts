import type { Script } from '#libs/redis';

export type GenerationMode = 'current' | 'next';

/**
 * A group's generation: a name that was never used before, since an old one would bring old entries back. Redis' own
 * clock makes it, moved on where it stood still or went back; nobody compares it with another clock.
 *
 *     KEYS  generation    ARGV  'current' or 'next', milliseconds of life
 *     → the generation
 */
export const GENERATION_SCRIPT: Script = {
  name: 'hotshelfGeneration',
  numberOfKeys: 1,
  lua: `
local there = redis.pcall('GET', KEYS[1])
if type(there) == 'table' then there = false end
if there and ARGV[1] == 'current' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return there
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local generation = string.format('%.0f', math.max(now, (tonumber(there or '') or 0) + 1))
redis.call('SET', KEYS[1], generation, 'PX', ARGV[2])
return generation
`,
};
