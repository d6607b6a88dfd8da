import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { readConfig } from '#libs/config';
import { DatabaseEvents } from '#src/libs/db/src/events';
import { PoolKeeper, ServicePool } from '#src/libs/db/src/pool';
import type { PostgresPolicy } from '#src/libs/resilience/src/nest';

const CONFIG = readConfig({
  DATABASE_URL: 'postgres://nouser@nowhere.example/none',
  DATABASE_POOL_SIZE: '3',
  DATABASE_LOAD_CONCURRENCY: '4',
}).database;

describe('the keeper of the pool', () => {
  let use: { total: number; idle: number; waiting: number } | null;
  let state: PostgresPolicy['state'];
  let opened: number[];
  let keeper: PoolKeeper;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] });
    use = { total: 1, idle: 1, waiting: 0 };
    state = 'closed';
    opened = [];
    const pool = new ServicePool(CONFIG);
    Object.defineProperty(pool, 'use', { get: () => use });
    pool.open = (count) => opened.push(count);
    const policy = {
      get state() {
        return state;
      },
    } as PostgresPolicy;
    keeper = new PoolKeeper(pool, policy, new DatabaseEvents());
    keeper.onModuleInit();
  });
  afterEach(() => {
    keeper.onApplicationShutdown();
    mock.timers.reset();
  });

  it('opens one for each place for loads, as far as the pool goes', () => {
    mock.timers.tick(1_000);
    assert.deepEqual(opened, [3]);
  });

  it('opens none while there are enough, and none before Postgres was reached', () => {
    use = { total: 3, idle: 0, waiting: 0 };
    mock.timers.tick(1_000);
    use = null;
    mock.timers.tick(1_000);
    assert.deepEqual(opened, []);
  });

  it('leaves a Postgres that is given up on to the probe', () => {
    state = 'open';
    mock.timers.tick(5_000);
    state = 'half-open';
    mock.timers.tick(5_000);
    assert.deepEqual(opened, []);
    state = 'closed';
    mock.timers.tick(1_000);
    assert.deepEqual(opened, [3]);
  });
});
