import { join } from 'node:path';
import ts from 'typescript';
import { SCOPE } from './plan.ts';

/** Where the reports stand. */
export const REPORTS = join(import.meta.dirname, '../../docs/api-reports');

/**
 * The public API of a built package as a page: each export with its declaration, without private members and comments.
 * A change of the API is seen as a change of this page in its review.
 *
 * @param folder where `buildPackages` has put the package
 */
export function apiReport(name: string, folder: string): string {
  const entry = join(folder, 'index.d.ts');
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry} exports nothing`);
  const printer = ts.createPrinter({ removeComments: true });
  const blocks = checker
    .getExportsOfModule(module)
    .map((symbol) => ({ name: symbol.name, of: aliased(checker, symbol) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name: exported, of }) => {
      const texts = (of.declarations ?? []).map((declaration) => textOf(declaration, printer));
      if (texts.length === 0) throw new Error(`${exported} of ${entry} has no declaration`);
      return `### ${exported}\n\n\`\`\`ts\n${texts.join('\n')}\n\`\`\`\n`;
    });
  const about = `The public API of the package, written by \`npm run packages\`. Every name that is not here is internal.`;
  return `# ${SCOPE}/${name}\n\n${about}\n\n${blocks.join('\n')}`;
}

const aliased = (checker: ts.TypeChecker, symbol: ts.Symbol) =>
  (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);

function textOf(declaration: ts.Declaration, printer: ts.Printer): string {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const shown = ts.isClassDeclaration(statement) ? withoutPrivates(statement) : statement;
  const text = printer.printNode(ts.EmitHint.Unspecified, shown, declaration.getSourceFile());
  return text.replace(/^(?:export )?(?:declare )?/, '');
}

function withoutPrivates(declaration: ts.ClassDeclaration): ts.ClassDeclaration {
  const isPublic = (member: ts.ClassElement) =>
    (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) === 0 &&
    !(member.name !== undefined && ts.isPrivateIdentifier(member.name));
  return ts.factory.updateClassDeclaration(
    declaration,
    declaration.modifiers,
    declaration.name,
    declaration.typeParameters,
    declaration.heritageClauses,
    declaration.members.filter(isPublic),
  );
}
