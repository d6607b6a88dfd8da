import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readConfig } from '#libs/config';
import { EntryMaker } from '#src/libs/cache/src/entry/entry';
import { FakeClock } from '../../support/fake-clock.ts';

const { cache } = readConfig({ DATABASE_URL: 'postgres://x/x' });
const config = { ...cache, freshMs: 1_000, freshJitterMs: 500, absentMs: 200, graceMs: 10_000 };

describe('an entry of what was loaded', () => {
  const clock = new FakeClock();
  const maker = new EntryMaker(clock, config);
  const startedAtMs = clock.nowMs();
  clock.advance(30);
  const present = () =>
    maker.make('product:1', {
      loaded: { state: 'present', version: 4, body: '{}' },
      startedAtMs,
      floorVersion: 9,
    });

  it('is fresh for its time and a random extra, each for another one', () => {
    const freshFor = Array.from({ length: 500 }, () => present().freshUntilMs - startedAtMs);
    assert.ok(freshFor.every((ms) => ms >= 1_000 && ms < 1_500));
    assert.ok(Math.max(...freshFor) - Math.min(...freshFor) > 400, 'they are spread');
  });

  it('counts its times from when the load began, and knows how long that took', () => {
    const { loadedAtMs, freshUntilMs, graceUntilMs, loadMs } = present();
    assert.deepEqual([loadedAtMs, graceUntilMs - freshUntilMs, loadMs], [startedAtMs, 10_000, 30]);
  });

  it('has whole milliseconds for times, which never make it younger, whatever the clock', () => {
    const at = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(at, fc.constantFrom('present' as const, 'absent' as const), (startedMs, state) => {
        const loaded = { state, version: 1, body: '{}' };
        const { loadedAtMs, freshUntilMs, graceUntilMs, loadMs } = maker.make('product:1', {
          loaded,
          startedAtMs: startedMs,
          floorVersion: 0,
        });
        assert.ok([loadedAtMs, freshUntilMs, graceUntilMs, loadMs].every(Number.isSafeInteger));
        assert.ok(loadedAtMs <= startedMs && loadMs >= clock.nowMs() - startedMs);
        assert.ok(freshUntilMs <= startedMs + 1_500 && graceUntilMs <= startedMs + 11_500);
      }),
    );
  });

  it('ends soon, without grace, if it was asked for once', () => {
    const lasting = new EntryMaker(clock, { ...config, freshMs: 60_000, absentMs: 30_000 });
    for (const state of ['present', 'absent'] as const) {
      const loaded = { state, version: 1, body: '{}' };
      const made = lasting.make('product:1', { loaded, startedAtMs, floorVersion: 0, isAskedOnce: true });
      assert.equal(made.freshUntilMs - startedAtMs, 5_000);
      assert.equal(made.graceUntilMs, made.freshUntilMs);
    }
    const loaded = { state: 'absent', version: 1 } as const;
    const short = maker.make('product:1', { loaded, startedAtMs, floorVersion: 0, isAskedOnce: true });
    assert.equal(short.freshUntilMs - startedAtMs, 200);
  });

  it('is as new as what it takes the place of: one that counts others changes without its own row', () => {
    assert.equal(present().version, 9);
  });

  it('lasts for the absent time exactly, and is as new as what it takes the place of, where nothing was found', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (version, floorVersion) => {
        const entry = maker.make('product:1', {
          loaded: { state: 'absent', version },
          startedAtMs,
          floorVersion,
        });
        assert.equal(entry.state, 'absent');
        assert.equal(entry.version, Math.max(version, floorVersion));
        assert.equal(entry.freshUntilMs - startedAtMs, 200);
        assert.equal(entry.graceUntilMs - entry.freshUntilMs, 5_000, 'any number of things does not exist');
      }),
    );
  });
});
