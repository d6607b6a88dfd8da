import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { History } from './history.ts';
import { Verdict } from './verdict.ts';

describe('the verdict of the checker', () => {
  let history: History;
  let verdict: Verdict;

  const read = (stock: number | null, startedAtMs: number, process = 'a') =>
    verdict.judge({
      key: 'k',
      process,
      startedAtMs,
      endedAtMs: startedAtMs + 5,
      stock,
      cacheStatus: 'ttl=1',
    });
  const kinds = () => verdict.violations.map(({ kind }) => kind);

  beforeEach(() => {
    history = new History({ number: 1, kind: 'present' });
    verdict = new Verdict(new Map([['k', history]]), 100, () => '');
  });

  it('allows an old state for the time that is allowed, and not after', () => {
    history.add({ number: 2, kind: 'present' }, 1_000, 1_010);
    read(1, 1_100);
    assert.deepEqual(kinds(), []);
    read(1, 1_120);
    assert.deepEqual(kinds(), ['older than allowed']);
  });

  it('allows an absence whose commit is under way, and not if it was not made', () => {
    history.add({ number: 2, kind: 'present' }, 1_000, 1_010);
    const end = history.begin({ number: 3, kind: 'absent' }, 2_000);
    read(2, 1_990);
    read(null, 2_010);
    assert.deepEqual(kinds(), []);
    end(null);
    read(null, 2_020, 'b');
    assert.deepEqual(kinds(), ['older than allowed']);
  });

  it('lets no process go back, however young the newer state is', () => {
    history.add({ number: 2, kind: 'present' }, 1_000, 1_010);
    read(2, 1_011);
    read(1, 1_020, 'b');
    assert.deepEqual(kinds(), []);
    read(1, 1_020);
    assert.deepEqual(kinds(), ['went back']);
  });

  it('does not hold a read against one that had not ended when it began', () => {
    history.add({ number: 2, kind: 'present' }, 1_000, 1_010);
    read(2, 1_011);
    read(1, 1_014);
    assert.deepEqual(kinds(), []);
  });

  it('takes an absence for the latest that it can be', () => {
    history.add({ number: 2, kind: 'absent' }, 1_000, 1_010);
    history.add({ number: 3, kind: 'present' }, 1_050, 1_060);
    read(null, 1_100);
    assert.deepEqual(kinds(), []);
    read(3, 1_110);
    read(null, 1_150);
    assert.deepEqual(kinds(), ['went back']);
    read(null, 1_200, 'b');
    assert.deepEqual(kinds(), ['went back', 'older than allowed']);
  });

  it('takes a run in which hardly anything came from Redis for none', () => {
    for (let n = 0; n < 100; n += 1) read(1, 1_000 + n);
    verdict.judgeUse(3);
    assert.deepEqual(kinds(), []);
    verdict.judgeUse(2);
    assert.deepEqual(kinds(), ['nothing shown']);
  });

  it('excuses answers marked stale, and only by a process that cannot ask the origin', () => {
    history.add({ number: 2, kind: 'present' }, 1_000, 1_010);
    const stale = {
      key: 'k',
      process: 'a',
      startedAtMs: 9_000,
      endedAtMs: 9_001,
      stock: 1,
      cacheStatus: 'ttl=-1',
    };
    verdict.canNotAsk = (process) => process === 'a';
    verdict.judge(stale);
    assert.deepEqual(kinds(), []);
    verdict.judge({ ...stale, cacheStatus: 'ttl=1' });
    assert.deepEqual(kinds(), ['older than allowed']);
    verdict.judge({ ...stale, process: 'b' });
    assert.deepEqual(kinds(), ['older than allowed', 'older than allowed']);
  });
});
