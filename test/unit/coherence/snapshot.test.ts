import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  below,
  isBeyond,
  isSeenBy,
  isSnapshot,
  lowestOf,
  xminOf,
} from '#src/libs/coherence/src/database-history';

describe('a snapshot', () => {
  for (const text of [
    '1:1:',
    '10:10:',
    '10:12:10',
    '10:20:10,14,19',
    `9${'0'.repeat(18)}:9${'0'.repeat(18)}:`,
  ])
    it(`is what Postgres writes: ${text}`, () => assert.ok(isSnapshot(text)));

  for (const text of [
    '',
    '748',
    '10:12',
    '10:12:,',
    '10:12:10,',
    ':12:',
    '10::',
    ' 10:12:',
    '10:12:\n',
    'a:b:',
    '-1:2:',
  ])
    it(`is nothing else: ${JSON.stringify(text)}`, () => assert.ok(!isSnapshot(text)));

  it('begins with the first transaction that may not be settled', () => {
    assert.equal(xminOf('10:20:10,14'), '10');
  });

  it('is beyond another one where it speaks of transactions that the other has not begun', () => {
    assert.ok(isBeyond('10:21:', '10:20:'));
    assert.ok(!isBeyond('10:20:', '10:20:'));
    assert.ok(!isBeyond('10:19:', '10:20:'));
    assert.ok(!isBeyond('1:1:', '10:20:'));
  });

  it('sees what was committed before: nothing that was under way or had not begun', () => {
    for (const seen of ['1', '9', '11', '19']) assert.ok(isSeenBy('10:20:10,14', seen), seen);
    for (const unseen of ['10', '14', '20', '21']) assert.ok(!isSeenBy('10:20:10,14', unseen), unseen);
    assert.ok(!isSeenBy('1:1:', '1'));
  });

  it('is compared as numbers, however long: not as text, and not as what a double can hold', () => {
    assert.ok(isBeyond('1:100:', '1:99:'));
    assert.ok(isBeyond('1:9007199254740993:', '1:9007199254740992:'));
    assert.equal(lowestOf(['100:100:', '99:99:']), '99:99:');
    assert.equal(
      lowestOf(['9007199254740993:9007199254740993:', '9007199254740992:9007199254740993:']),
      '9007199254740992:9007199254740993:',
    );
  });

  it('is the lowest of several where it begins lowest, wherever it ends', () => {
    assert.equal(lowestOf(['12:12:', '10:20:10', '11:11:']), '10:20:10');
    assert.equal(lowestOf(['12:12:', '1:1:']), '1:1:');
    assert.equal(lowestOf(['12:12:']), '12:12:');
  });

  it('below a transaction has what was under way there, and begins with it', () => {
    assert.equal(below('10:20:10,14,19', '15'), '10:15:10,14');
    assert.equal(below('10:20:10,14', '10'), '10:10:');
    assert.equal(below('10:20:10,14', '12'), '10:12:10');
    assert.equal(below('100:120:', '99'), '99:99:');
    assert.equal(below('9:1000:99,101', '100'), '99:100:99');
  });
});
