import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { withImports } from '#src/apps/create/src/root-module';

const ADDITIONS = {
  imports: [
    { name: 'HotshelfModule', from: '@hotshelf/nestjs' },
    { name: 'ArticlesModule', from: './articles/articles.module.js' },
  ],
  elements: [
    { text: 'HotshelfModule.forRoot()', isThere: /^HotshelfModule\s*\.\s*forRoot/ },
    { text: 'ArticlesModule', isThere: /^ArticlesModule\b/ },
  ],
};
const IMPORTED = `import { HotshelfModule } from '@hotshelf/nestjs';
import { ArticlesModule } from './articles/articles.module.js';
`;
const edited = (text: string) => withImports(ts, 'src/app.module.ts', text, ADDITIONS);

/** A module whose `@Module` has these properties, and what it is with the imports. */
function becomes(before: string, after: string): void {
  const head = `import { Module } from '@nestjs/common';\n`;
  const rest = (properties: string) => `\n@Module(${properties})\nexport class AppModule {}\n`;
  const made = edited(head + rest(before));
  assert.equal(made, head + IMPORTED + rest(after));
  assert.equal(edited(made), made);
}

describe('the root module with more imports', () => {
  it('has them in the array that is there, in the format that it has', () => {
    becomes('{ imports: [] }', '{ imports: [HotshelfModule.forRoot(), ArticlesModule] }');
    becomes('{ imports: [A, B] }', '{ imports: [A, B, HotshelfModule.forRoot(), ArticlesModule] }');
    becomes('{ imports: [A,] }', '{ imports: [A, HotshelfModule.forRoot(), ArticlesModule,] }');
    becomes('{ imports: [...shared] }', '{ imports: [...shared, HotshelfModule.forRoot(), ArticlesModule] }');
    becomes(
      `{\n\timports: [\n\t\tA,\n\t\tB.forRoot({\n\t\t\tx: [1],\n\t\t}), // of B\n\t],\n}`,
      `{\n\timports: [\n\t\tA,\n\t\tB.forRoot({\n\t\t\tx: [1],\n\t\t}), // of B\n\t\tHotshelfModule.forRoot(),\n\t\tArticlesModule,\n\t],\n}`,
    );
    becomes(
      `{\n  imports: [\n    A,\n    B // of B\n  ]\n}`,
      `{\n  imports: [\n    A,\n    B, // of B\n    HotshelfModule.forRoot(),\n    ArticlesModule\n  ]\n}`,
    );
  });

  it('gets the array if there is none', () => {
    const imports = 'imports: [HotshelfModule.forRoot(), ArticlesModule]';
    becomes('{}', `{${imports}}`);
    becomes('{ controllers: [C] }', `{ ${imports}, controllers: [C] }`);
    becomes('{\n  controllers: [C],\n}', `{\n  ${imports},\n  controllers: [C],\n}`);
  });

  it('keeps a forRoot with options, and names that are imported', () => {
    const text = `import { Module } from "@nestjs/common";
import { Cached, } from "@hotshelf/nestjs"; // mine
@Module({ imports: [HotshelfModule.forRootAsync({ useFactory })] })
export class AppModule {}
`;
    assert.equal(
      edited(text),
      `import { Module } from "@nestjs/common";
import { Cached, HotshelfModule, } from "@hotshelf/nestjs"; // mine
import { ArticlesModule } from "./articles/articles.module.js";
@Module({ imports: [HotshelfModule.forRootAsync({ useFactory }), ArticlesModule] })
export class AppModule {}
`,
    );
  });

  it('is the class AppModule, where several are in the file', () => {
    const text = `import { Module } from '@nestjs/common';
// imports: [] of @Module({ imports: [] }) in a comment
@Module({ imports: [] }) class OtherModule {}
@Module({ imports: [OtherModule] }) export class AppModule {}
`;
    assert.match(edited(text), /@Module\(\{ imports: \[\] \}\) class Other.*\n.*\[OtherModule, Hotshelf/);
  });

  it('is refused with what to add by hand, if it cannot be understood', () => {
    const byHand =
      /Nothing is written\. Add by hand:\n {2}import \{ HotshelfModule \} from '@hotshelf\/nestjs';\n {2}import .*\n {2}@Module\(\{ imports: \[HotshelfModule\.forRoot\(\), ArticlesModule\] \}\)$/;
    const faults: Record<string, RegExp> = {
      'export class AppModule {}': /no single class with @Module/,
      '@Module(options) export class AppModule {}': /no single class with @Module/,
      '@Module({}) class A {} @Module({}) class B {}': /no single class with @Module/,
      '@Module({ imports }) export class AppModule {}': /are no array literal/,
      '@Module({ imports: modules() }) export class AppModule {}': /are no array literal/,
      '@Module({ imports: [ } export class AppModule {}': /an error of syntax/,
      [`import { ArticlesModule } from './a'; @Module({}) class AppModule {}`]:
        /from '\.\/a': choose another --name/,
      '@Module({}) class AppModule {} class ArticlesModule {}':
        /ArticlesModule of its own: choose another --name/,
    };
    for (const [text, why] of Object.entries(faults)) {
      assert.throws(() => edited(text), why, text);
      assert.throws(() => edited(text), byHand, text);
    }
  });
});
