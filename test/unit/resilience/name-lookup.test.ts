import assert from 'node:assert/strict';
import dns, { type LookupAddress } from 'node:dns';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { NameLookup } from '#libs/resilience';

type Answer = (error: NodeJS.ErrnoException | null, addresses?: LookupAddress[]) => void;

const ADDRESSES = [{ address: '192.0.2.7', family: 4 }];
const withCode = (code: string) => Object.assign(new Error(code), { code });

describe('the lookups of one dependency', () => {
  let asked: { name: string; answer: Answer }[];
  let names: NameLookup;

  /** As `net.connect` asks. */
  const lookUp = (name: string) =>
    new Promise<unknown>((resolve) => {
      names.lookup(name, { all: true }, (error, addresses) => resolve(error?.code ?? addresses));
    });
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    asked = [];
    names = new NameLookup();
    mock.method(dns, 'lookup', (name: string, _options: object, answer: Answer) => {
      asked.push({ name, answer });
    });
  });
  afterEach(() => mock.restoreAll());

  it('are one for all who ask for a name, and one name after the other', async () => {
    const [first, same, other] = [lookUp('one'), lookUp('one'), lookUp('two')];
    await settled();
    assert.deepEqual(
      asked.map(({ name }) => name),
      ['one'],
    );
    asked[0]?.answer(null, ADDRESSES);
    assert.deepEqual(await Promise.all([first, same]), [ADDRESSES, ADDRESSES]);
    await settled();
    asked[1]?.answer(withCode('ENOTFOUND'));
    assert.equal(await other, 'ENOTFOUND');
  });

  it('give the addresses of before while the resolver hangs or fails, and the new ones once it answers', async () => {
    const first = lookUp('one');
    await settled();
    asked[0]?.answer(null, ADDRESSES);
    await first;
    assert.deepEqual(await lookUp('one'), ADDRESSES);
    const moved = [{ address: '192.0.2.8', family: 4 }];
    asked[1]?.answer(null, moved);
    await settled();
    const failing = lookUp('one');
    await settled();
    asked[2]?.answer(withCode('EAI_AGAIN'));
    assert.deepEqual(await failing, moved);
  });

  it('do not hide that a name is gone', async () => {
    const first = lookUp('one');
    await settled();
    asked[0]?.answer(null, ADDRESSES);
    await first;
    const gone = lookUp('one');
    await settled();
    asked[1]?.answer(withCode('ENOTFOUND'));
    assert.equal(await gone, 'ENOTFOUND');
  });
});
