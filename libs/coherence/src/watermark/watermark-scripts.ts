import type { Script } from '#libs/redis';

/**
 * Which run of the server this is: Redis draws another name at each start. Where a user may not ask, there is none, and
 * the mark alone has to tell.
 */
const RUN = `
local function run()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
end
local function mark()
  local text = redis.pcall('GET', KEYS[1])
  return type(text) == 'string' and text or ''
end
`;

/**
 *     KEYS  watermark    → the mark or '', the server's run
 */
export const READ_MARK_SCRIPT: Script = {
  name: 'hotshelfReadMark',
  numberOfKeys: 1,
  lua: `${RUN}
return { mark(), run() }
`,
};

/**
 * Moves the mark, where it is the one that was read, on the very run of the server that it was read from.
 *
 *     KEYS  watermark    ARGV  the mark that was read, the run that it was read from, the new mark
 *     → 1 moved, 0 not
 */
export const MOVE_MARK_SCRIPT: Script = {
  name: 'hotshelfMoveMark',
  numberOfKeys: 1,
  lua: `${RUN}
if mark() ~= ARGV[1] or run() ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3])
return 1
`,
};
