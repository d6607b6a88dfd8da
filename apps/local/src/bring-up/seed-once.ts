import { say } from '../output/terminal.js';
import { grouped } from '../seed/progress-bar.js';
import { holdsProducts, seedCatalogue } from '../seed/seed-catalogue.js';

const PRODUCTS = 10_000;

/** Seeds a catalogue that holds nothing yet. One that does is its owner's: what was deleted from it stays deleted. */
export async function seedOnce(databaseUrl: string): Promise<void> {
  if (await holdsProducts(databaseUrl)) return;
  const { added } = await seedCatalogue({ databaseUrl, products: PRODUCTS });
  say(`Catalogue  ${grouped(added)} products seeded`);
}
