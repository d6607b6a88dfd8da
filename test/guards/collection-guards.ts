import type { Guard } from './guard.ts';

const COLLECTION = 'libs/cache/src/http/collection';
const LISTING = 'apps/api/src/products/listing';

/** The guards of the answers with many things; docs/caching.md tells what each is for. */
export const COLLECTION_GUARDS: readonly Guard[] = [
  {
    name: 'the generation of a list is asked for before its source',
    file: `${COLLECTION}/collection-reader.js`,
    text: 'const key = await',
    without:
      'const early = await members.load(); members = { ...members, load: async () => early }; const key = await',
    test: 'test/integration/cache/collections.test.ts',
  },
  {
    name: 'a list is of its group’s generation',
    file: `${COLLECTION}/collection-reader.js`,
    text: 'await this.groups.keyWithin(members.group, members.key)',
    without: 'members.key',
    test: 'test/integration/cache/collections.test.ts',
  },
  {
    name: 'a listed id that can not be asked for is left out',
    file: `${COLLECTION}/collection-reader.js`,
    text: 'if (key === null) return null;',
    without: '',
    test: 'test/integration/cache/collections.test.ts',
  },
  {
    name: 'no-cache is for every part',
    file: `${COLLECTION}/collection-reader.js`,
    text: 'const held = bypass ? null :',
    without: 'const held =',
    test: 'test/integration/cache/collections.test.ts',
  },
  {
    name: 'a composed answer comes from the furthest source',
    file: `${COLLECTION}/compose.js`,
    text: 'const furthest = Math.max(',
    without: 'const furthest = Math.min(',
    test: 'test/unit/cache/compose.test.ts',
  },
  {
    name: 'a composed answer is as old as its oldest part',
    file: `${COLLECTION}/compose.js`,
    text: 'Math.min(...parts',
    without: 'Math.max(...parts',
    test: 'test/unit/cache/compose.test.ts',
  },
  {
    name: 'a composed answer is verified only if every part is',
    file: `${COLLECTION}/compose.js`,
    text: 'parts.every(({ verified })',
    without: 'parts.some(({ verified })',
    test: 'test/unit/cache/compose.test.ts',
  },
  {
    name: 'a cursor is bound to its category',
    file: `${LISTING}/page-cursor.js`,
    text: "categoryId ?? ''",
    without: "''",
    test: 'test/property/page-cursor.test.ts',
  },
  {
    name: 'a cursor has to come out of what it says',
    file: `${LISTING}/page-cursor.js`,
    text: 'encodeCursor(afterId, categoryId) === cursor',
    without: 'true',
    test: 'test/property/page-cursor.test.ts',
  },
  {
    name: 'a cursor with a zero byte is refused',
    file: `${LISTING}/page-cursor.js`,
    text: "afterId.includes('\\0')",
    without: 'false',
    test: 'test/property/page-cursor.test.ts',
  },
  {
    name: 'pages are ordered by their index',
    file: `${LISTING}/page-statement.js`,
    text: 'WHERE id > $1 ORDER BY id',
    without: "WHERE id > $1 ORDER BY id || ''",
    test: 'test/integration/db/product-pages.test.ts',
  },
  {
    name: 'pages of a category begin where the last one ended',
    file: `${LISTING}/page-statement.js`,
    text: 'category_id = $1 AND id > $2 ORDER BY',
    without: "category_id = $1 AND id || '' > $2 ORDER BY",
    test: 'test/integration/db/product-pages.test.ts',
  },
  {
    name: 'a change of a category is one of its pages',
    file: 'apps/api/src/categories/category-resources.js',
    text: 'key === ALL ?',
    without: 'true ?',
    test: 'test/e2e/api/product-list.test.ts',
  },
  {
    name: 'a change of any category is one of the pages of all',
    file: `${LISTING}/product-collection.js`,
    text: "categoryId ?? '*'",
    without: "categoryId ?? 'none'",
    test: 'test/e2e/api/product-list.test.ts',
  },
  {
    name: 'ids exclude what asks for a page',
    file: `${LISTING}/listing.pipe.js`,
    text: 'misplaced.map(besideIds)',
    without: '[]',
    test: 'test/e2e/api/product-batch.test.ts',
  },
  {
    name: 'each id is answered once',
    file: `${LISTING}/listing-schemas.js`,
    text: '...new Set(query.ids)',
    without: '...query.ids',
    test: 'test/e2e/api/product-batch.test.ts',
  },
  {
    name: 'a product of no category that comes or goes is a change of the pages of all',
    file: 'libs/db/src/migrations/0005-uncategorised-listing.js',
    text: 'IF concerned THEN',
    without: 'IF false THEN',
    test: 'test/integration/db/uncategorised-listing.test.ts',
  },
];
