import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../support/static-checks.ts';

/**
 * A guard that is marked in the source, by a comment in front of what is to be taken out:
 *
 *     // guard(name): drop            the statement that follows
 *     // guard(name): true            the condition, the returned or the assigned value that follows is true
 *     // guard(name): = 0             … is another expression
 *     a && /* guard(name): true *​/ b  the same for an expression
 *     -- guard(name): drop            the line that follows, in the text of a script for Redis or Postgres
 *     -- guard(name): = if true then  … is another line
 */
export interface Marker {
  readonly name: string;
  /** The source file, relative to the project's folder. */
  readonly file: string;
  readonly mutation: string;
  /** Where the comment ends. */
  readonly end: number;
}

const IN_CODE =
  /(?:\/\/ guard\((?<name>[a-z0-9-]+)\): (?<mutation>.+)|\/\* guard\((?<inline>[a-z0-9-]+)\): (?<value>.+?) \*\/)/g;
const IN_TEXT = /^[ ]*-- guard\((?<name>[a-z0-9-]+)\): (?<mutation>.+)\n/gm;
const FOLDERS = ['apps/api/src', 'libs'];

/** All markers of the source. */
export function findMarkers(): Marker[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  return files.flatMap((file) => markersIn(file, readFileSync(join(ROOT, file), 'utf8')));
}

/** The markers of one file, those in the text of scripts last. */
export function markersIn(file: string, text: string): Marker[] {
  return [...text.matchAll(IN_CODE), ...text.matchAll(IN_TEXT)].map(({ 0: all, index, groups = {} }) => ({
    name: groups['name'] ?? groups['inline'] ?? '',
    file,
    mutation: (groups['mutation'] ?? groups['value'] ?? '').trim(),
    end: index + all.length,
  }));
}

/**
 * The text of a file without one of its guards.
 *
 * @throws Error if the marker's mutation does not fit what follows it
 */
export function mutate(text: string, { name, file, mutation, end }: Marker): string {
  const replacement = mutation.replace(/^= /, '');
  if (text[end - 1] === '\n') {
    const line = mutation === 'drop' ? '' : replacement;
    return text.slice(0, end) + line + text.slice(text.indexOf('\n', end));
  }
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const start = end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0);
  const following = outermostAt(source, start);
  const target = mutation === 'drop' ? following : replaceable(following);
  if (target === undefined)
    throw new Error(`guard(${name}) in ${file}: "${mutation}" does not fit what follows`);
  return (
    text.slice(0, target.getStart(source)) +
    (mutation === 'drop' ? '{}' : replacement) +
    text.slice(target.end)
  );
}

/** The outermost node that begins there. */
function outermostAt(source: ts.SourceFile, start: number): ts.Node | undefined {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (found !== undefined || node.end <= start || node.getFullStart() > start) return;
    if (node !== source && node.getStart(source) === start) found = node;
    else ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What of a statement or a declaration is its value; an expression is its own. */
function replaceable(node: ts.Node | undefined): ts.Node | undefined {
  if (node === undefined) return undefined;
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isReturnStatement(node))
    return node.expression;
  if (ts.isExpressionStatement(node)) return node.expression;
  if (ts.isVariableStatement(node)) return node.declarationList.declarations[0]?.initializer;
  if (ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node)) return node.initializer;
  return ts.isExpression(node) ? node : undefined;
}
