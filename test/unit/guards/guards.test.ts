import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findMarkers, markersIn, mutate } from '../../guards/markers.ts';
import { compileMutant, compileSource } from '../../guards/mutants.ts';
import { CHECKED_GUARDS, GUARDS } from '../../guards/table.ts';
import { ROOT } from '../../support/static-checks.ts';

/** To run each guard's test without it takes half an hour (npm run check:guards). This takes a moment. */
describe('the guards', () => {
  const markers = findMarkers();

  it('have one marker in the source for each name in the table, and the reverse', () => {
    assert.deepEqual(markers.map(({ name }) => name).sort(), Object.keys(GUARDS).sort());
  });

  it('have a test that exists, or a fault of the coherence checker', () => {
    const lost = Object.entries(GUARDS).filter(([name, test]) =>
      test === null ? CHECKED_GUARDS[name] === undefined : !existsSync(join(ROOT, test)),
    );
    assert.deepEqual(lost, []);
    assert.deepEqual(
      Object.keys(CHECKED_GUARDS).filter((name) => !(name in GUARDS)),
      [],
    );
  });

  for (const marker of markers)
    it(`compile to something else without ${marker.name}`, async () => {
      const source = readFileSync(join(ROOT, marker.file), 'utf8');
      assert.notEqual(await compileMutant(marker), await compileSource(marker.file, source));
    });
});

describe('a marker', () => {
  const mutants = (text: string) => markersIn('a.ts', text).map((marker) => mutate(text, marker));

  it('drops the statement that follows', () => {
    const text = '// guard(a): drop\nif (isOld) return false;\nf();';
    assert.deepEqual(mutants(text), ['// guard(a): drop\n{}\nf();']);
  });

  it('replaces a condition, a returned value or an assigned one', () => {
    for (const [text, mutant] of [
      ['// guard(a): false\nif (x && y) f();', 'if (false) f();'],
      ['function f() {\n// guard(a): true\nreturn x < y;\n}', 'return true;\n}'],
      ['// guard(a): = g(0)\nconst x = await h();', 'const x = g(0);'],
    ] as const)
      assert.equal(
        mutants(text)[0]
          ?.split('\n')
          .slice(text.startsWith('function') ? 2 : 1)
          .join('\n'),
        mutant,
      );
  });

  it('replaces the expression that follows within a line', () => {
    assert.deepEqual(mutants('if (x && /* guard(a): true */ !f(y) && z) g();'), [
      'if (x && /* guard(a): true */ true && z) g();',
    ]);
  });

  it('drops or replaces the line that follows in the text of a script', () => {
    assert.deepEqual(mutants('`\n-- guard(a): drop\nif x then\n-- guard(b): = return 1\nreturn 0\n`'), [
      '`\n-- guard(a): drop\n\n-- guard(b): = return 1\nreturn 0\n`',
      '`\n-- guard(a): drop\nif x then\n-- guard(b): = return 1\nreturn 1\n`',
    ]);
  });

  it('that does not fit what follows is refused', () => {
    assert.throws(() => mutants('// guard(a): true\nclass A {}'), /guard\(a\) in a\.ts: "true" does not fit/);
  });
});
