import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyse, type Report } from 'scslre';
import ts from 'typescript';

/** A regular expression whose run time grows faster than its input, or one that cannot be checked. */
export interface Finding {
  /** `file:line` */
  readonly place: string;
  readonly expression: string;
  readonly reason: string;
}

/** Programs that run in production. What a client sends reaches them. */
const CHECKED = ['libs/**/*.ts', 'apps/api/**/*.ts'];

/**
 * Finds the regular expressions of one source file that are not linear: by backtracking, and by starting again at every
 * character. The second kind is easily overlooked: `/0+$/` is quadratic for a long run of zeros with another digit behind.
 *
 * @param name shown in findings
 */
export function superLinearIn(source: string, name: string): Finding[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true);
  const findings: Finding[] = [];
  const visit = (node: ts.Node): void => {
    const reason = reasonAgainst(node);
    if (reason !== undefined) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      findings.push({ place: `${name}:${line + 1}`, expression: node.getText(), reason });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return findings;
}

function reasonAgainst(node: ts.Node): string | undefined {
  if (ts.isRegularExpressionLiteral(node)) return reasonAgainstLiteral(node.text);
  const isMade = ts.isNewExpression(node) || ts.isCallExpression(node);
  if (isMade && node.expression.getText() === 'RegExp')
    return 'is made at run time and cannot be checked. Write it as a literal.';
  return undefined;
}

function reasonAgainstLiteral(literal: string): string | undefined {
  const end = literal.lastIndexOf('/');
  const { reports } = analyse({ source: literal.slice(1, end), flags: literal.slice(end + 1) });
  return reports.length === 0 ? undefined : reports.map(describe).join('; ');
}

function describe({ type, exponential, character }: Report): string {
  const growth = exponential ? 'exponential' : 'polynomial';
  const cause = type === 'Move' ? 'it starts again at each of them' : 'its quantifiers exchange them';
  return `takes ${growth} time for a long run of ${JSON.stringify(character.pick)}: ${cause}`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '../..');
  const findings = globSync(CHECKED, { cwd: root }).flatMap((file) =>
    superLinearIn(readFileSync(join(root, file), 'utf8'), file),
  );
  for (const { place, expression, reason } of findings)
    process.stderr.write(`${place}  ${expression}\n  ${reason}\n`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
