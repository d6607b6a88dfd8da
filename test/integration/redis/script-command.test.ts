import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { CallableScript } from '#src/libs/redis/src/script-command';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { runCommand } from '../../support/run-command.ts';
import { ROOT } from '../../support/static-checks.ts';

const CALLS = 200;
const KEYS = 100;

/** Prints how many bytes of a call outlive the collections of young objects. */
const manyCalls = (url: string) => `
import { randomUUID } from 'node:crypto';
import { getHeapSpaceStatistics } from 'node:v8';
import { setImmediate } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { CallableScript } from ${JSON.stringify(`${ROOT}/dist/libs/redis/src/script-command.js`)};
const client = new Redis(${JSON.stringify(url)});
const script = new CallableScript('return KEYS');
const callAll = async () => {
  for (let n = 0; n < ${CALLS}; n += 1)
    await script.call(client, Array.from({ length: ${KEYS} }, (_, k) => randomUUID()), []);
};
const held = async () => {
  for (let n = 0; n < 3; n += 1) {
    await setImmediate();
    gc({ type: 'minor' });
  }
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => ['old_space', 'new_space'].includes(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
};
await callAll();
gc();
const before = await held();
await callAll();
process.stdout.write('bytes ' + Math.round(((await held()) - before) / ${CALLS}));
client.disconnect();
`;

describe('a script of any number of keys', () => {
  let redis: RedisServer;
  let client: Redis;

  before(async () => {
    redis = await startRedisServer();
    client = new Redis(redis.url, { keyPrefix: 'shop:' });
  });
  after(async () => {
    client.disconnect();
    await redis.stop();
  });

  const textsOf = (reply: unknown) => (reply as Buffer[]).map(String);

  it('gets its keys in the namespace, and its arguments as they are', async () => {
    const script = new CallableScript('return { #KEYS, KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3] }');
    const reply = await script.call(client, ['a', 'ключ'], ['text', 1.5, Buffer.from([0xff, 0x00])]);
    const [count, first, second, text, number, bytes] = reply as [number, ...Buffer[]];
    assert.equal(count, 2);
    assert.deepEqual(textsOf([first, second, text, number]), ['shop:a', 'shop:ключ', 'text', '1.5']);
    assert.deepEqual(bytes, Buffer.from([0xff, 0x00]));
  });

  it('is sent as text once per connection, and again if Redis has forgotten it', async () => {
    const script = new CallableScript('return ARGV[1]');
    const callsOf = async (name: string) =>
      Number(
        new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(await redis.client.info('commandstats'))?.[1] ?? 0,
      );
    await redis.client.config('RESETSTAT');
    for (let n = 0; n < 3; n += 1) assert.equal(String(await script.call(client, ['a'], [n])), `${n}`);
    assert.deepEqual([await callsOf('eval'), await callsOf('evalsha')], [1, 2]);
    await redis.client.script('FLUSH');
    const replies = await Promise.all([4, 5, 6].map((n) => script.call(client, ['a'], [n])));
    assert.deepEqual(textsOf(replies), ['4', '5', '6']);
    assert.equal(String(await script.call(client, ['a'], [7])), '7');
  });

  it('fails with what Redis says', async () => {
    const script = new CallableScript("return redis.error_reply('WRONG as was said')");
    await assert.rejects(script.call(client, ['a'], []), /^ReplyError: WRONG as was said/);
  });

  it('leaves nothing of a call among the old objects', async () => {
    const { code, output } = await runCommand(
      process.execPath,
      ['--expose-gc', '--input-type=module', '-e', manyCalls(redis.url)],
      { cwd: ROOT },
    );
    assert.equal(code, 0, output);
    const bytes = Number(/bytes (-?\d+)$/.exec(output)?.[1]);
    // Its keys alone are 3,000, and as many come back.
    assert.ok(bytes < 1_000, `${bytes} bytes a call`);
  });
});
