import type ts from 'typescript';
import { Refusal } from './flags.ts';
import type { TypeScript } from './project.ts';

/** A name that the root module imports. */
export interface NamedImport {
  readonly name: string;
  readonly from: string;
}

/** What the root module gets. */
export interface ModuleAdditions {
  readonly imports: readonly NamedImport[];
  /** Elements of `@Module({ imports: […] })`, each with the beginning that shows that it is there. */
  readonly elements: readonly { readonly text: string; readonly isThere: RegExp }[];
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

/**
 * The text of a module with more imports. All that is there stays as it is, its format too.
 *
 * @throws Refusal with what to add by hand, if the module cannot be understood
 */
export function withImports(
  typescript: TypeScript,
  file: string,
  text: string,
  { imports, elements }: ModuleAdditions,
): string {
  const source = typescript.createSourceFile(file, text, typescript.ScriptTarget.Latest, true);
  const refuse = (why: string): never => {
    const byHand = [
      ...imports.map(({ name, from }) => `  import { ${name} } from '${from}';`),
      `  @Module({ imports: [${elements.map((each) => each.text).join(', ')}] })`,
    ];
    throw new Refusal(`${file}: ${why}. Nothing is written. Add by hand:\n${byHand.join('\n')}`);
  };
  const syntaxErrors = typescript.transpileModule(text, {
    reportDiagnostics: true,
    fileName: file,
  }).diagnostics;
  if (syntaxErrors !== undefined && syntaxErrors.length > 0) refuse('it has an error of syntax');
  const options = moduleOptions(typescript, source) ?? refuse('no single class with @Module({ … }) is there');
  const edit = new Edit(typescript, source, text);
  const insertions = [...edit.elements(options, elements, refuse), ...edit.names(imports, refuse)];
  // From the end on, so that positions stay true.
  return insertions
    .toSorted((a, b) => b.at - a.at)
    .reduce((edited, { at, text: added }) => edited.slice(0, at) + added + edited.slice(at), text);
}

/** The argument of the `@Module` of the class AppModule, or of the only one. */
function moduleOptions(
  typescript: TypeScript,
  source: ts.SourceFile,
): ts.ObjectLiteralExpression | undefined {
  const found = source.statements.filter(typescript.isClassDeclaration).flatMap((declaration) => {
    const decorators = typescript.getDecorators(declaration) ?? [];
    return decorators.flatMap(({ expression }) => {
      const isModule =
        typescript.isCallExpression(expression) && expression.expression.getText(source) === 'Module';
      const [argument] = isModule ? expression.arguments : [];
      const isLiteral = argument !== undefined && typescript.isObjectLiteralExpression(argument);
      return isLiteral ? [{ name: declaration.name?.text, argument }] : [];
    });
  });
  const app = found.find(({ name }) => name === 'AppModule');
  return (app ?? (found.length === 1 ? found[0] : undefined))?.argument;
}

type Refuse = (why: string) => never;

class Edit {
  private readonly newline: string;
  private readonly quote: string;

  private readonly typescript: TypeScript;
  private readonly source: ts.SourceFile;
  private readonly text: string;

  constructor(typescript: TypeScript, source: ts.SourceFile, text: string) {
    this.typescript = typescript;
    this.source = source;
    this.text = text;
    this.newline = text.includes('\r\n') ? '\r\n' : '\n';
    this.quote = quoteOf(text);
  }

  /** Into the array of `imports`, behind its last element. */
  elements(
    options: ts.ObjectLiteralExpression,
    wanted: ModuleAdditions['elements'],
    refuse: Refuse,
  ): Insertion[] {
    const { typescript, source } = this;
    const named = options.properties.filter(
      ({ name }) =>
        name !== undefined && ['imports', "'imports'", '"imports"'].includes(name.getText(source)),
    );
    const [property] = named;
    if (property === undefined) return this.newProperty(options, wanted);
    if (
      !typescript.isPropertyAssignment(property) ||
      !typescript.isArrayLiteralExpression(property.initializer)
    )
      return refuse('the imports of its @Module are no array literal');
    const { elements } = property.initializer;
    const there = elements.map((element) => element.getText(source));
    const missing = wanted.filter(({ isThere }) => !there.some((each) => isThere.test(each)));
    if (missing.length === 0) return [];
    const texts = missing.map(({ text }) => text);
    const last = elements.at(-1);
    if (last === undefined) return [{ at: property.initializer.getEnd() - 1, text: texts.join(', ') }];
    const isOnLines = this.lineOf(last.getEnd()) !== this.lineOf(property.initializer.getEnd());
    const gap = isOnLines ? this.newline + this.indentOf(last) : ' ';
    const afterComments = this.afterComments(elements.end);
    if (elements.hasTrailingComma)
      return [{ at: afterComments, text: texts.map((each) => `${gap}${each},`).join('') }];
    const added = texts.map((each) => `${gap}${each}`).join(',');
    // A comment behind the last element stays with it.
    return afterComments === last.getEnd()
      ? [{ at: last.getEnd(), text: `,${added}` }]
      : [
          { at: last.getEnd(), text: ',' },
          { at: afterComments, text: added },
        ];
  }

  /** Import declarations behind the last one, or names in one that is there. */
  names(wanted: readonly NamedImport[], refuse: Refuse): Insertion[] {
    const { typescript, source } = this;
    const declarations = source.statements.filter(typescript.isImportDeclaration);
    const lines: string[] = [];
    const insertions: Insertion[] = [];
    for (const { name, from } of wanted) {
      const importing = declarations.find((each) => this.namesOf(each).includes(name));
      const isThere = importing !== undefined && this.moduleOf(importing) === from;
      if (importing !== undefined && !isThere)
        return refuse(
          `${name} is imported from ${importing.moduleSpecifier.getText(source)}: choose another --name`,
        );
      if (isThere) continue;
      if (this.declares(name)) return refuse(`it has a ${name} of its own: choose another --name`);
      const sibling = declarations.find(
        (each) => this.moduleOf(each) === from && this.specifiers(each) !== undefined,
      );
      const last = sibling === undefined ? undefined : this.specifiers(sibling)?.elements.at(-1);
      if (last === undefined) lines.push(`import { ${name} } from ${this.quote}${from}${this.quote};`);
      else insertions.push({ at: last.getEnd(), text: `, ${name}` });
    }
    if (lines.length === 0) return insertions;
    const last = declarations.at(-1);
    const block = lines.join(this.newline);
    if (last !== undefined)
      return [...insertions, { at: this.afterComments(last.getEnd()), text: this.newline + block }];
    return [...insertions, { at: source.statements[0]?.getStart(source) ?? 0, text: block + this.newline }];
  }

  private newProperty(options: ts.ObjectLiteralExpression, wanted: ModuleAdditions['elements']): Insertion[] {
    const property = `imports: [${wanted.map(({ text }) => text).join(', ')}]`;
    const [first] = options.properties;
    if (first === undefined) return [{ at: options.getEnd() - 1, text: property }];
    const isOnLines = this.lineOf(options.getStart(this.source)) !== this.lineOf(first.getStart(this.source));
    const gap = isOnLines ? this.newline + this.indentOf(first) : ' ';
    return [{ at: first.getStart(this.source), text: `${property},${gap}` }];
  }

  private specifiers(declaration: ts.ImportDeclaration): ts.NamedImports | undefined {
    const clause = declaration.importClause;
    const bindings = clause?.isTypeOnly === true ? undefined : clause?.namedBindings;
    return bindings !== undefined && this.typescript.isNamedImports(bindings) ? bindings : undefined;
  }

  private namesOf(declaration: ts.ImportDeclaration): string[] {
    return this.specifiers(declaration)?.elements.map(({ name }) => name.text) ?? [];
  }

  private moduleOf({ moduleSpecifier }: ts.ImportDeclaration): string | undefined {
    return this.typescript.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
  }

  private declares(name: string): boolean {
    return this.source.statements.some(
      (statement) => this.typescript.isClassDeclaration(statement) && statement.name?.text === name,
    );
  }

  private afterComments(at: number): number {
    return this.typescript.getTrailingCommentRanges(this.text, at)?.at(-1)?.end ?? at;
  }

  private lineOf(at: number): number {
    return this.source.getLineAndCharacterOfPosition(at).line;
  }

  /** What stands before a node on its line. */
  private indentOf(node: ts.Node): string {
    const start = this.source.getPositionOfLineAndCharacter(this.lineOf(node.getStart(this.source)), 0);
    return /^[ \t]*/.exec(this.text.slice(start))?.[0] ?? '';
  }
}

/** The quotes of the imports of a source. */
export const quoteOf = (text: string) => (/\bfrom\s*"/.test(text) ? '"' : "'");
