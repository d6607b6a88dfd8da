import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProblemError } from '#libs/errors';
import { parseJson } from '#src/libs/http/src/input';

const parse = (text: string) => parseJson(Buffer.from(text));

describe('a body of JSON', () => {
  it('is parsed as it is, and is nothing where there is no byte', () => {
    assert.deepEqual(parse('{"name":"Lämp","price":1.10}'), { name: 'Lämp', price: 1.1 });
    assert.equal(parse(''), undefined);
  });

  for (const [what, text] of [
    ['would set a prototype', '{"__proto__":{"a":1}}'],
    ['would set one further down', '{"name":[{"__proto__":{"a":1}}]}'],
    ['would set one by an escaped name', '{"\\u005f_proto__":{"a":1}}'],
    ["would set a constructor's prototype", '{"constructor":{"prototype":{"a":1}}}'],
    ['is none', '{'],
  ] as const)
    it(`is refused where it ${what}`, () => {
      assert.throws(
        () => parse(text),
        (error) => error instanceof ProblemError && error.definition.status === 400,
      );
    });

  it('is refused where it is no UTF-8', () => {
    assert.throws(() => parseJson(Buffer.from([0x22, 0xff, 0x22])), ProblemError);
  });
});
