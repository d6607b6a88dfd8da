import type { Api } from '../../support/api.ts';
import type { Catalogue } from '../../support/catalogue.ts';

const HELD = 50;

/** Those that some tier holds before anything breaks, and that are changed while it is broken. */
export const heldPaths = Array.from({ length: HELD }, (_, n) => `/products/prod-${n}`);

export async function changeHeld(catalogue: Catalogue, stock: number): Promise<void> {
  await catalogue.sql(`UPDATE products SET stock = $1 WHERE substr(id, 6)::int < $2`, [stock, HELD]);
}

export function heldStocks(api: Api): Promise<number[]> {
  return Promise.all(
    heldPaths.map(async (path) => ((await (await api.get(path)).json()) as { stock: number }).stock),
  );
}
