import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ASSUMED, costOf, mostChanges } from '../../bench/model/fleet-model.ts';
import type { UnitCosts } from '../../bench/model/unit-costs.ts';

const UNIT: UnitCosts = {
  notified: 10,
  fetched: 20,
  relayed: 8,
  redisChange: 5,
  redisNotification: 1,
  redisFetch: 4,
  redisLoad: 15,
  postgresChange: 60,
  postgresLoad: 40,
};

describe('the model of a fleet', () => {
  it('counts a change once in Redis and Postgres, and once more in Redis for each process', () => {
    const { perProcess, relay, redis, postgres, masters, limit } = costOf(
      { processes: 11, changesPerSecond: 10_000 },
      UNIT,
    );
    const micros = [perProcess, relay, redis, postgres].map((share) => Math.round(share * 100));
    // Redis: 5 + 15, 11 notifications, 10 entries of 4.
    assert.deepEqual(micros, [30, 8, 71, 100]);
    assert.equal(masters, 2);
    assert.equal(limit, 'none');
  });

  it('names the part that cannot carry the changes', () => {
    const limitOf = (unit: Partial<UnitCosts>) =>
      costOf({ processes: 10, changesPerSecond: 10_000 }, { ...UNIT, ...unit }).limit;
    assert.equal(limitOf({ notified: 11 }), 'the processes');
    assert.equal(limitOf({ relayed: 81 }), 'the relay');
    assert.equal(limitOf({ redisNotification: 600 }), 'Redis');
    assert.equal(limitOf({ postgresChange: 4_900 }), 'Postgres');
  });

  it('finds the most changes that a fleet carries', () => {
    const { changesPerSecond, limit } = mostChanges(4, UNIT);
    assert.equal(limit, 'the processes');
    const exact = (ASSUMED.processShare * 1e6) / (UNIT.notified + UNIT.fetched);
    assert.ok(Math.abs(changesPerSecond / exact - 1) < 0.01, String(changesPerSecond));
  });
});
