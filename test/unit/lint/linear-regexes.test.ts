import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { superLinearIn } from '../../lint/linear-regexes.ts';

describe('the check of regular expressions', () => {
  for (const [what, source] of [
    ['starts again at every character', "digits.replace(/0+$/, '')"],
    ['exchanges characters between quantifiers', '/^\\s*(\\w+\\s*)*;$/.test(text)'],
    ['is exponential', 'const pattern = /^(a+)+$/;'],
    ['is made at run time', 'new RegExp(`^$' + '{name}+$`)'],
  ] as const)
    it(`finds one that ${what}, and names its line`, () => {
      const findings = superLinearIn(`const one = 1;\n${source}`, 'some/file.ts');
      assert.deepEqual(
        findings.map(({ place }) => place),
        ['some/file.ts:2'],
      );
    });

  it('leaves linear ones, and slashes that are none, alone', () => {
    const source = "/^0+/.test(a); /^[a-z]{1,64}$/i.test(b); const half = a / 2 / b; // /0+$/\n'/0+$/'";
    assert.deepEqual(superLinearIn(source, 'some/file.ts'), []);
  });
});
