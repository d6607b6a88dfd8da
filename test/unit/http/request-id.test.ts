import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestIdOf } from '#libs/http';

const idFor = (offered?: string | string[]) => requestIdOf({ headers: { 'x-request-id': offered } });

describe('the id of a request', () => {
  for (const sane of ['a', 'req-42', '!~', 'x'.repeat(128)]) {
    it(`is the client's own where it is sane: ${sane.slice(0, 12)}`, () => assert.equal(idFor(sane), sane));
  }

  for (const [why, offered] of [
    ['absent', undefined],
    ['empty', ''],
    ['too long', 'x'.repeat(129)],
    ['with a space', 'a b'],
    ['with a line break', 'a\nlevel=fatal'],
    ['not ASCII', 'é'],
    ['given twice', ['a', 'b']],
  ] as const) {
    it(`is a new one where the offered one is ${why}`, () => {
      const id = idFor(offered as string | string[] | undefined);
      assert.notEqual(id, offered);
      assert.match(id, /^[\x21-\x7e]{1,128}$/);
    });
  }

  it('is never made twice', () => {
    const made = Array.from({ length: 10_000 }, () => idFor());
    assert.equal(new Set(made).size, made.length);
  });
});
