import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BackOff, isRedisUnwell, refusalOf } from '#libs/resilience';

/** As Redis 7.0 and 8.0 write them. */
const REFUSALS = [
  ["NOPERM User api has no permissions to run the 'client|tracking' command", 'command', 'client|tracking'],
  [
    "ERR ACL failure in script: User api has no permissions to run the 'set' command script: 5e91, on @user_script:2.",
    'command',
    'set',
  ],
  ["NOPERM this user has no permissions to run the 'evalsha' command", 'command', 'evalsha'],
  ['NOPERM No permissions to access a channel', 'channel', ''],
  ['NOPERM this user has no permissions to access one of the channels used as arguments', 'channel', ''],
  ['NOPERM No permissions to access a key', 'key', ''],
  [
    'NOPERM ACL failure in script: No permissions to access a key script: 5e91, on @user_script:2.',
    'key',
    '',
  ],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'login', ''],
  ['NOAUTH Authentication required.', 'login', ''],
  ["ERR unknown command 'EVALSHA', with args beginning with: '5e91' '1' ", 'unknown', 'evalsha'],
  ["ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.", 'unknown', 'tracking'],
  ["READONLY You can't write against a read only replica.", 'read-only', ''],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'read-only', ''],
  ['NOREPLICAS Not enough good replicas to write.', 'writes', ''],
  [
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
    'writes',
    '',
  ],
] as const;

const OTHERS = [
  "OOM command not allowed when used memory > 'maxmemory'.",
  'LOADING Redis is loading the dataset in memory',
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  'NOSCRIPT No matching script. Please use EVAL.',
  'WRONGTYPE Operation against a key holding the wrong kind of value',
  'Command timed out',
  'connect ECONNREFUSED 127.0.0.1:6379',
];

describe('what Redis refuses', () => {
  it('is distinct from a failure, by its error reply, and does not count for the breaker', () => {
    for (const [message, kind, command] of REFUSALS) {
      const refusal = refusalOf(new Error(message));
      assert.deepEqual([refusal?.kind, refusal?.command], [kind, command], message);
      assert.equal(isRedisUnwell(new Error(message)), false, message);
    }
    for (const message of OTHERS) assert.equal(refusalOf(new Error(message)), undefined, message);
    assert.equal(refusalOf('NOPERM'), undefined);
  });
});

describe('a back-off', () => {
  it('waits longer from attempt to attempt up to its last pause, and begins again after a success', () => {
    const pauses = new BackOff(250, 30_000);
    const taken = Array.from({ length: 20 }, () => pauses.nextMs());
    assert.ok((taken[0] ?? 0) >= 187 && (taken[0] ?? 0) <= 250, String(taken[0]));
    assert.ok(taken.every((ms) => ms <= 30_000));
    assert.ok(
      taken.slice(13).every((ms) => ms >= 22_500),
      taken.join(' '),
    );
    assert.ok(taken.slice(0, 8).reduce((sum, ms) => sum + ms) > 8_000);
    pauses.reset();
    assert.ok(pauses.nextMs() <= 250);
  });
});
