import type ts from 'typescript';
import type { TypeScript } from './project.ts';

/** The first property of a name whose value is a text, anywhere in a source; undefined if there is none. */
export function stringProperty(
  typescript: TypeScript,
  file: string,
  text: string,
  name: string,
): string | undefined {
  const find = (node: ts.Node): string | undefined => {
    const isNamed = typescript.isPropertyAssignment(node) && node.name.getText(source) === name;
    if (isNamed && typescript.isStringLiteralLike(node.initializer)) return node.initializer.text;
    return typescript.forEachChild(node, find);
  };
  const source = typescript.createSourceFile(file, text, typescript.ScriptTarget.Latest, true);
  return find(source);
}
