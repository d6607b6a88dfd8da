import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Doorkeeper, namedAlone } from '#src/libs/cache/src/tiers/doorkeeper';
import { FakeClock } from '../../support/fake-clock.ts';

const ALLOWANCE = 2_000;
const asPart = (name: string) => ({ name, isPart: true });

/** One that meets a flood. */
function flooded(clock = new FakeClock()): Doorkeeper {
  const doorkeeper = new Doorkeeper(clock);
  for (let n = 0; n < ALLOWANCE; n += 1)
    assert.equal(doorkeeper.turnsAway(asPart(`flood-${n}`), 'present'), false);
  return doorkeeper;
}

describe('the doorkeeper of the tiers', () => {
  it('lets in all that little traffic asks for', () => {
    const doorkeeper = new Doorkeeper(new FakeClock());
    for (const state of ['present', 'absent'] as const) {
      doorkeeper.ask(state);
      assert.equal(doorkeeper.turnsAway(asPart(state), state), false);
    }
  });

  it('turns away a part of a set that was asked for once, and lets it in when it is asked for again', () => {
    const doorkeeper = flooded();
    assert.equal(doorkeeper.turnsAway(asPart('a'), 'present'), true);
    for (const isAway of [true, false, false]) {
      doorkeeper.ask('a');
      for (let n = 0; n < 2; n += 1) assert.equal(doorkeeper.turnsAway(asPart('a'), 'present'), isAway);
    }
  });

  it('lets in a thing that exists and was named alone, and turns away one that does not exist', () => {
    const doorkeeper = flooded();
    doorkeeper.ask('a');
    assert.equal(doorkeeper.turnsAway(namedAlone('a'), 'present'), false);
    assert.equal(doorkeeper.turnsAway(namedAlone('a'), 'absent'), true);
    doorkeeper.ask('a');
    assert.equal(doorkeeper.turnsAway(namedAlone('a'), 'absent'), false);
  });

  it('lets in whatever no client asked for', () => {
    assert.equal(flooded().turnsAway(null, 'absent'), false);
  });

  it('counts a thing once, however often it is asked about it, and has room again with time', () => {
    const clock = new FakeClock();
    const doorkeeper = flooded(clock);
    clock.advance(1_000);
    for (let n = 0; n < 5; n += 1) {
      assert.equal(doorkeeper.turnsAway(asPart('a'), 'present'), false);
      assert.equal(doorkeeper.turnsAway(asPart('b'), 'present'), false);
    }
    assert.equal(doorkeeper.turnsAway(asPart('c'), 'present'), true);
  });

  it('knows names apart, many of them, and forgets the oldest in a flood of others', () => {
    const doorkeeper = flooded();
    const names = Array.from({ length: 10_000 }, (_, n) => `category:*:page:20:${n.toString(36)}`);
    const letIn = () => names.filter((name) => !doorkeeper.turnsAway(asPart(name), 'present')).length;
    for (const name of names) doorkeeper.ask(name);
    assert.ok(letIn() <= 1, 'names are taken for others');
    for (const name of names) doorkeeper.ask(name);
    assert.ok(letIn() > 0.85 * names.length, `${letIn()} are remembered`);
    for (let n = 0; n < 2_000_000; n += 1) doorkeeper.ask(`product:none-${n}`);
    assert.ok(letIn() < 10, `${letIn()} are remembered for good`);
  });
});
