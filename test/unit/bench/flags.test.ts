import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBenchFlags } from '../../bench/flags/bench-flags.ts';
import { FlagError } from '../../bench/flags/flag-values.ts';
import { readSaleFlags } from '../../bench/flags/sale-flags.ts';
import { readSellOutFlags } from '../../bench/flags/sellout-flags.ts';

const KNOWN = ['node-http', 'hotshelf-hot'];
const bench = (...args: string[]) => readBenchFlags(args, KNOWN);

const refused = (read: () => unknown, message: RegExp) =>
  assert.throws(read, (error) => error instanceof FlagError && message.test(error.message));

describe('the flags of the bench', () => {
  it('have defaults, shorter ones for a quick run', () => {
    const [out, backlogRows] = ['.hotshelf/bench', 100_000];
    assert.deepEqual(bench(), {
      kind: 'bench',
      quick: false,
      only: [],
      rounds: 5,
      seconds: 5,
      backlogRows,
      profile: false,
      out,
    });
    assert.deepEqual(bench('--quick'), {
      kind: 'bench',
      quick: true,
      only: [],
      rounds: 1,
      seconds: 1,
      backlogRows,
      profile: false,
      out,
    });
  });

  it('are taken as given', () => {
    const args = [
      '--only',
      'node-http',
      '--only',
      'hotshelf-hot',
      '--rounds',
      '3',
      '--seconds',
      '2',
      '--out',
      'x',
    ];
    const expected = {
      kind: 'bench',
      quick: false,
      only: KNOWN,
      rounds: 3,
      seconds: 2,
      backlogRows: 100_000,
      profile: false,
      out: 'x',
    };
    assert.deepEqual(bench(...args), expected);
    assert.deepEqual(bench('--help'), { kind: 'help' });
    assert.deepEqual(bench('--list'), { kind: 'list' });
  });

  it('are refused by their name and rule', () => {
    refused(() => bench('--rounds', '0'), /^--rounds must be a whole number from 1 to 50; it is "0"$/);
    refused(() => bench('--rounds', '2.5'), /^--rounds must be .* it is "2.5"$/);
    refused(
      () => bench('--seconds', 'long'),
      /^--seconds must be a whole number from 1 to 600; it is "long"$/,
    );
    refused(
      () => bench('--only', 'apache'),
      /^--only must be one of node-http, hotshelf-hot; it is "apache"$/,
    );
    refused(() => bench('--fast'), /^--fast is no flag here; did you mean --list\?/);
    refused(() => bench('--backlog-rows', '0'), /^--backlog-rows must be a whole number from 1 to 1000000/);
    refused(() => bench('--rounds'), /^Option '--rounds <value>' argument missing/);
    refused(() => bench('fast'), /^Unexpected argument 'fast'/);
  });
});

describe('the flags of the sell-out', () => {
  it('have defaults, and are taken as given', () => {
    const defaults = { kind: 'sell-out', buyers: 32, readsPerSecond: 200, seconds: 20 };
    assert.deepEqual(readSellOutFlags([]), defaults);
    assert.deepEqual(readSellOutFlags(['--buyers', '8', '--seconds', '5']), {
      ...defaults,
      buyers: 8,
      seconds: 5,
    });
    assert.deepEqual(readSellOutFlags(['--help']), { kind: 'help' });
  });

  it('are refused by their name and rule', () => {
    refused(
      () => readSellOutFlags(['--buyers', '0']),
      /^--buyers must be a whole number from 1 to 256; it is "0"$/,
    );
  });
});

describe('the flags of the flash sale', () => {
  it('have defaults, and are taken as given', () => {
    assert.deepEqual(readSaleFlags([]), { kind: 'sale', quick: false, rate: 4_200, out: '.hotshelf/bench' });
    const given = readSaleFlags(['--quick', '--rate', '900', '--out', 'x']);
    assert.deepEqual(given, { kind: 'sale', quick: true, rate: 900, out: 'x' });
    assert.deepEqual(readSaleFlags(['--help']), { kind: 'help' });
  });

  it('are refused by their name and rule', () => {
    refused(
      () => readSaleFlags(['--rate', '0']),
      /^--rate must be a whole number from 1 to 100000; it is "0"$/,
    );
    refused(() => readSaleFlags(['--rounds', '2']), /^--rounds is no flag here/);
  });
});
