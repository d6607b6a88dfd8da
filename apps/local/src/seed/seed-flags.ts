import { parseArgs } from 'node:util';

const DEFAULT_PRODUCTS = 10_000;
const MAX_PRODUCTS = 10_000_000;

export const SEED_HELP = `npm run seed [-- --products N]

Fills the catalogue with categories and the products prod-0, prod-1, …: the same ones on every machine, in one
transaction. What is there already is left as it is, so that running it again changes nothing.

  --products N   how many products there shall be: 1 to ${MAX_PRODUCTS.toLocaleString('en-US')}, by default ${DEFAULT_PRODUCTS.toLocaleString('en-US')}
  --help         this text

DATABASE_URL names the Postgres to fill. Without it: the one that a running \`npm start\` has brought up, or else
one that is brought up for the duration.`;

export type SeedFlags =
  | { kind: 'seed'; products: number }
  | { kind: 'help' }
  | { kind: 'invalid'; complaint: string };

/** @param args what follows the command's name */
export function readSeedFlags(args: readonly string[]): SeedFlags {
  const { tokens } = parseArgs({
    args: [...args],
    options: { products: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  });
  let products: string | undefined = String(DEFAULT_PRODUCTS);
  for (const token of tokens) {
    if (token.kind === 'positional') return unknown(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') return { kind: 'help' };
    if (token.name !== 'products') return unknown(token.rawName);
    products = token.value;
  }
  return productsFlag(products);
}

function productsFlag(text: string | undefined): SeedFlags {
  const products = /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0;
  if (products >= 1 && products <= MAX_PRODUCTS) return { kind: 'seed', products };
  const found = text === undefined ? 'nothing follows it' : `it is ${JSON.stringify(text)}`;
  return {
    kind: 'invalid',
    complaint: `--products must be a whole number from 1 to ${MAX_PRODUCTS}; ${found}.`,
  };
}

function unknown(argument: string): SeedFlags {
  return { kind: 'invalid', complaint: `${argument}: no such flag. Known are --products N and --help.` };
}
