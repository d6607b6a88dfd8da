import type { SeedProduct } from './product-of.js';

/** The columns of `copyLine`, in its order. */
export const COPIED_COLUMNS = 'id, name, price, stock, category_id, last_updated';

/** A product as a line of COPY's text format. */
export function copyLine(product: SeedProduct): string {
  const { id, name, price, stock, categoryId, lastUpdated } = product;
  return `${id}\t${escaped(name)}\t${price}\t${stock}\t${categoryId}\t${lastUpdated.toISOString()}\n`;
}

/** The names of today need none of it; a tab in one of tomorrow would shift every column behind it. */
function escaped(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
