import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canAnswerReads } from '#src/libs/health/src/indicators';

const states = (postgres: 'up' | 'down', redis: 'up' | 'down', entriesInL1: number) => ({
  postgres,
  redis,
  entriesInL1,
});

describe('readiness', () => {
  it('holds with Postgres, whatever Redis does', () => {
    for (const redis of ['up', 'down'] as const) {
      assert.equal(canAnswerReads(states('up', redis, 0), false), true);
    }
  });

  it('holds without Postgres while Redis is there', () => {
    assert.equal(canAnswerReads(states('down', 'up', 0), true), true);
  });

  it('holds without both while memory has something to serve', () => {
    assert.equal(canAnswerReads(states('down', 'down', 1), true), true);
  });

  it('fails when nothing can answer', () => {
    assert.equal(canAnswerReads(states('down', 'down', 0), true), false);
  });

  it('waits for Postgres once, at the start', () => {
    assert.equal(canAnswerReads(states('down', 'up', 0), false), false);
  });
});
