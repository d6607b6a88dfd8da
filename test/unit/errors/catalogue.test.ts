import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import '#src/apps/api/src/problems';
import {
  PROBLEMS,
  type ProblemCode,
  ProblemError,
  problemType,
  registerProblems,
  toProblemBody,
} from '#libs/errors';

const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** The sections of docs/errors.md, by the code in their heading. */
const documented = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);

describe('the error catalogue', () => {
  it('is documented code by code, and nothing else is', () => {
    assert.deepEqual([...documented.keys()].sort(), Object.keys(PROBLEMS).sort());
  });

  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
    it(`documents the status and type of ${code}`, () => {
      const section = documented.get(code) ?? '';
      assert.match(section, new RegExp(`^- Status: ${PROBLEMS[code].status}$`, 'm'));
      assert.ok(section.includes(`- Type: \`${problemType(code)}\``));
      assert.match(section, /^- Meaning: /m);
      assert.match(section, /^- What to do: /m);
    });
  }

  it('gives every code a type of its own', () => {
    const types = (Object.keys(PROBLEMS) as ProblemCode[]).map(problemType);
    assert.equal(new Set(types).size, types.length);
  });

  it('never shows the cause of a problem', () => {
    const problem = new ProblemError('INTERNAL', { detail: 'It failed.', cause: new Error('secret') });
    assert.ok(!JSON.stringify(toProblemBody(problem, 'id')).includes('secret'));
  });

  it('refuses an application’s problem whose code or slug is taken', () => {
    const definition = { status: 404, slug: 'not-found', title: 'Other' };
    assert.throws(() => registerProblems({ INTERNAL: { ...definition, slug: 'other' } }), TypeError);
    assert.throws(() => registerProblems({ OTHER_NOT_FOUND: definition }), TypeError);
    assert.ok(!('OTHER_NOT_FOUND' in PROBLEMS));
  });
});
