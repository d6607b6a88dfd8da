import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Gathering, MissRate, RunningStatements } from '#src/libs/db/src/gathering';

const LOOK_EVERY_MS = 2;
const LIMITS = { places: 3, maxWaitMs: 250 };

describe('the gathering of a batch', () => {
  let nowMs: number;
  let rate: MissRate;
  let statements: RunningStatements;
  let ends: (() => void)[];

  const clock = () => nowMs;
  const open = () => {
    const gathering = new Gathering(LIMITS, { rate, statements }, clock);
    return { gathering, arrive: arriving(gathering) };
  };
  const arriving = (gathering: Gathering) => (keys: number) => {
    for (let key = 0; key < keys; key += 1) {
      rate.arrived();
      gathering.add();
    }
  };
  /** Looks until it is over, each time after so many new keys. @returns how long that took, in milliseconds */
  const gathered = ({ gathering, arrive }: ReturnType<typeof open>, keysALook = 0): number => {
    const fromMs = nowMs;
    for (;;) {
      arrive(keysALook);
      nowMs += LOOK_EVERY_MS;
      if (gathering.isOver()) return nowMs - fromMs;
      assert.ok(nowMs < fromMs + 10_000, 'it is over some time');
    }
  };
  /** A statement that goes on until its end is called for. */
  const begin = (keys = 1) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const over = statements.run(keys, () => promise);
    ends.push(resolve);
    return over;
  };
  /** A batch of one key goes on while a statement is under way. @returns after how long it is over, when that has ended */
  const gatheredBehind = async (over: Promise<void>) => {
    const batch = open();
    batch.arrive(1);
    nowMs += 20;
    assert.equal(batch.gathering.isOver(), false);
    ends[0]?.();
    await over;
    return gathered(batch);
  };
  /** A statement that was sent and has ended. */
  const answered = async (keys: number) => {
    const over = begin(keys);
    ends.at(-1)?.();
    await over;
  };

  /** Faster than a trickle. */
  const stream = () => {
    for (let key = 0; key < 20; key += 1) rate.arrived();
  };

  beforeEach(() => {
    nowMs = 1_000;
    rate = new MissRate(clock);
    statements = new RunningStatements(clock);
    ends = [];
  });

  it('is over at the first look for a key that comes alone', () => {
    const batch = open();
    batch.arrive(1);
    assert.equal(gathered(batch), 2);
  });

  it('is over at the first look in a stream before which no statement has ended', () => {
    stream();
    assert.equal(gathered(open(), 2), 2);
  });

  it('goes on until nine tenths of those who were answered together have asked again', async () => {
    stream();
    await answered(60);
    assert.equal(gathered(open(), 6), 18);
  });

  it('waits for a hundred at most, however many were answered together', async () => {
    stream();
    await answered(400);
    assert.equal(gathered(open(), 6), 34);
  });

  it('waits for fewer with each smaller statement after a large one', async () => {
    stream();
    await answered(80);
    await answered(10);
    await answered(10);
    assert.equal(gathered(open(), 6), 16);
  });

  it('waits for those alone who were answered within a tenth of a second', async () => {
    stream();
    await answered(60);
    nowMs += 99;
    assert.equal(gathered(open(), 6), 2);
    await answered(60);
    nowMs += 60;
    assert.equal(gathered(open(), 6), 18);
  });

  it('is over when no key has come for five looks', async () => {
    stream();
    await answered(60);
    const batch = open();
    batch.arrive(30);
    assert.equal(gathered(batch), 12);
  });

  it('goes on for a tenth of a second at most while keys come slowly', async () => {
    stream();
    nowMs += 400;
    stream();
    await answered(100);
    const batch = open();
    let looks = 0;
    do {
      if (looks % 4 === 0) batch.arrive(1);
      nowMs += LOOK_EVERY_MS;
      looks += 1;
    } while (!batch.gathering.isOver());
    assert.equal(looks * LOOK_EVERY_MS, 100);
  });

  it('is over at the first look for a key that comes while another one is asked for, as long as keys trickle', () => {
    void begin();
    const batch = open();
    batch.arrive(1);
    assert.equal(gathered(batch), 2);
  });

  it('goes on while many keys are waited for, however slowly they come', async () => {
    assert.equal(await gatheredBehind(begin(4)), 2);
  });

  it('takes keys for a trickle again half a second after the last that came faster', () => {
    stream();
    nowMs += 499;
    rate.arrived();
    assert.equal(rate.isTrickle, false);
    nowMs += 1;
    assert.equal(rate.isTrickle, true);
  });

  it('goes on while two statements are under way, also if keys trickle and there is a place', async () => {
    const over = begin();
    void begin();
    assert.equal(await gatheredBehind(over), 2);
  });

  it('goes on while a statement is under way, and is over when that has ended', async () => {
    stream();
    assert.equal(await gatheredBehind(begin()), 20);
  });

  it('does not wait for a statement that takes long, as long as there is a place', () => {
    stream();
    void begin();
    const batch = open();
    batch.arrive(1);
    assert.equal(gathered(batch), 100);
  });

  it('goes on while all places are taken, and for so long and no longer', () => {
    for (let place = 0; place < LIMITS.places; place += 1) void begin();
    const batch = open();
    batch.arrive(700);
    assert.equal(gathered(batch), 250);
  });

  it('goes on after a statement for as long as they usually take', async () => {
    const over = begin();
    nowMs += 30;
    ends[0]?.();
    await over;
    stream();
    const batch = open();
    batch.arrive(1);
    assert.equal(gathered(batch), 30);
    assert.equal(gathered(open(), 1), 2);
  });

  it('counts looks and not time alone, in a process that is too busy to read its sockets', async () => {
    stream();
    await answered(60);
    const batch = open();
    batch.arrive(1);
    nowMs += 30;
    assert.equal(batch.gathering.isOver(), false);
  });
});
