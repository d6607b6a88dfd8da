import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBenchFlags } from '../../bench/flags/bench-flags.ts';
import { FlagError } from '../../bench/flags/flag-values.ts';
import { readSaleFlags } from '../../bench/flags/sale-flags.ts';

const KNOWN = ['node-http', 'hotshelf-hot'];
const bench = (...args: string[]) => readBenchFlags(args, KNOWN);

const refused = (read: () => unknown, message: RegExp) =>
  assert.throws(read, (error) => error instanceof FlagError && message.test(error.message));

describe('the flags of the bench', () => {
  it('have defaults, shorter ones for a quick run', () => {
    const out = '.hotshelf/bench';
    assert.deepEqual(bench(), { kind: 'bench', quick: false, only: [], rounds: 5, seconds: 5, out });
    assert.deepEqual(bench('--quick'), { kind: 'bench', quick: true, only: [], rounds: 1, seconds: 1, out });
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
    const expected = { kind: 'bench', quick: false, only: KNOWN, rounds: 3, seconds: 2, out: 'x' };
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
    refused(() => bench('--fast'), /'--fast'/);
    refused(() => bench('--rounds'), /'--rounds <value>'/);
    refused(() => bench('fast'), /'fast'/);
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
    refused(() => readSaleFlags(['--rounds', '2']), /'--rounds'/);
  });
});
