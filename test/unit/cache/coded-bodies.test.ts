import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readConfig } from '#libs/config';
import { CodedBodies } from '#src/libs/cache-http/src/representations';
import { FakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';

const configOf = (bytes: string) =>
  readConfig({ DATABASE_URL: 'postgres://x/x', CACHE_L1_MAX_BYTES: bytes }).cache;

const BODY = 'a body that is long enough '.repeat(100);

describe('compressed bodies', () => {
  let clock: FakeClock;
  let bodies: CodedBodies;

  beforeEach(() => {
    clock = new FakeClock();
    bodies = new CodedBodies(configOf('64MiB'), clock);
  });

  const isReady = (etag: string) => until('it is compressed', () => bodies.ready(etag, 'gzip') !== undefined);

  it('are made when they are asked for again, and not before', async () => {
    bodies.ask('"a"', 'gzip', BODY);
    // Whatever is under way comes before it.
    await bodies.demand('"b"', 'gzip', BODY);
    assert.equal(bodies.ready('"a"', 'gzip'), undefined);
    bodies.ask('"a"', 'gzip', BODY);
    await isReady('"a"');
    assert.equal(gunzipSync(bodies.ready('"a"', 'gzip') ?? '').toString(), BODY);
    assert.equal(bodies.ready('"a"', 'br'), undefined);
  });

  it('are made one at a time', async () => {
    for (const etag of ['"a"', '"b"', '"a"', '"b"']) bodies.ask(etag, 'gzip', BODY);
    await isReady('"a"');
    assert.equal(bodies.ready('"b"', 'gzip'), undefined);
  });

  it('are not made while the compressor rests: nineteen times as long as it worked', async () => {
    const ticking = new (class extends FakeClock {
      override nowMs(): number {
        this.advance(10);
        return super.nowMs();
      }
    })();
    bodies = new CodedBodies(configOf('64MiB'), ticking);
    for (let n = 0; n < 2; n += 1) bodies.ask('"a"', 'gzip', BODY);
    await isReady('"a"');
    for (let n = 0; n < 5; n += 1) bodies.ask('"b"', 'gzip', BODY);
    // Whatever is under way comes before it.
    const last = bodies.demand('"c"', 'gzip', BODY);
    await new Promise(setImmediate);
    ticking.advance(1_000);
    await last;
    assert.equal(bodies.ready('"b"', 'gzip'), undefined);
    ticking.advance(1_000);
    bodies.ask('"b"', 'gzip', BODY);
    await isReady('"b"');
  });

  it('are made for a client that takes nothing else, and for no more of them than may wait', async () => {
    const demands = Array.from({ length: 12 }, (_, n) => bodies.demand(`"${n}"`, 'br', BODY));
    const made = await Promise.all(demands);
    assert.equal(made.filter((coded) => coded === null).length, 4);
  });

  it('are bounded in bytes, as a share of what L1 may hold', async () => {
    const small = new CodedBodies(configOf('64KiB'), clock);
    for (let n = 0; n < 40; n += 1) await small.demand(`"${n}"`, 'gzip', BODY);
    assert.ok(small.bytes <= 4_096 && small.bytes > 0, `${small.bytes}`);
  });
});
