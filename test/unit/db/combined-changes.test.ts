import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CombinedChanges } from '#libs/db';
import { ProblemError } from '#libs/errors';

interface Statement {
  readonly keys: readonly string[];
  answer(rows: readonly string[]): void;
  fail(error: Error): void;
}

describe('changes of single rows that are made at the same time', () => {
  let sent: Statement[];
  let changes: CombinedChanges<number, string>;

  const send = (keys: readonly string[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      sent.push({ keys, answer: resolve, fail: reject });
    });
  const keysOf = () => sent.map(({ keys }) => keys);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const serverError = (code: string) => Object.assign(new Error('refused'), { code, severity: 'ERROR' });

  beforeEach(() => {
    sent = [];
    changes = new CombinedChanges(1, {
      one: async (key, by) => ((await send([key])).includes(key) ? `${key} ${by}` : null),
      several: async (several) => {
        const rows = await send(several.map(({ key }) => key));
        const made = several.filter(({ key }) => rows.includes(key));
        return new Map(made.map(({ key, by }) => [key, `${key} ${by}`]));
      },
    });
  });

  /** The first change, whose statement is under way, and three that wait for its slot. */
  const begin = () => ['a', 'b', 'c', 'd'].map((key, by) => changes.change(key, by));
  const settled = async (made: Promise<string | null>[]) =>
    (await Promise.allSettled(made)).map((each) => (each.status === 'fulfilled' ? each.value : 'failed'));

  it('are each made at once while there is a slot', async () => {
    const made = changes.change('a', 1);
    assert.deepEqual(keysOf(), [['a']]);
    sent[0]?.answer(['a']);
    assert.equal(await made, 'a 1');
  });

  it('are made in one statement once a slot is free', async () => {
    const made = begin();
    sent[0]?.answer(['a']);
    await turn();
    assert.deepEqual(keysOf(), [['a'], ['b', 'c', 'd']]);
    sent[1]?.answer(['b', 'c', 'd']);
    assert.deepEqual(await Promise.all(made), ['a 0', 'b 1', 'c 2', 'd 3']);
  });

  it('are made apart if they change the same row', async () => {
    const made = [...begin(), changes.change('b', 9)];
    assert.deepEqual(keysOf(), [['a'], ['b']]);
    for (const each of [0, 1]) sent[each]?.answer(['a', 'b']);
    await turn();
    sent[2]?.answer(['b', 'c', 'd']);
    assert.deepEqual(await Promise.all(made), ['a 0', 'b 1', 'c 2', 'd 3', 'b 9']);
  });

  it('are made by themselves if a combined statement skips them', async () => {
    const made = begin();
    sent[0]?.answer(['a']);
    await turn();
    sent[1]?.answer(['b', 'd']);
    await turn();
    assert.deepEqual(keysOf()[2], ['c']);
    sent[2]?.answer([]);
    assert.deepEqual(await Promise.all(made), ['a 0', 'b 1', null, 'd 3']);
  });

  it('are made by themselves if Postgres refuses a combined statement for one of them', async () => {
    const made = begin();
    sent[0]?.answer(['a']);
    await turn();
    sent[1]?.fail(serverError('23514'));
    await turn();
    assert.deepEqual(keysOf().slice(2), [['b'], ['c'], ['d']]);
    sent[2]?.answer(['b']);
    sent[3]?.fail(serverError('23514'));
    sent[4]?.answer(['d']);
    assert.deepEqual(await settled(made), ['a 0', 'b 1', 'failed', 'd 3']);
  });

  for (const [what, error] of [
    [
      'cannot say whether they were made',
      new ProblemError('WRITE_UNAVAILABLE', { detail: 'no answer came' }),
    ],
    ['stops', serverError('57P01')],
  ] as const)
    it(`fail together, and are not made again, if Postgres ${what}`, async () => {
      const made = begin();
      sent[0]?.answer(['a']);
      await turn();
      const results = settled(made);
      sent[1]?.fail(error);
      await turn();
      assert.equal(sent.length, 2);
      assert.deepEqual(await results, ['a 0', 'failed', 'failed', 'failed']);
      const next = changes.change('e', 4);
      sent[2]?.answer(['e']);
      assert.equal(await next, 'e 4');
    });
});
