import { CATEGORIES } from './category-list.js';
import { draw } from './draw.js';

/** A product as the seed invents it. */
export interface SeedProduct {
  readonly id: string;
  readonly name: string;
  /** With two decimals, as text: no binary rounding ever touches money. */
  readonly price: string;
  readonly stock: number;
  readonly categoryId: string;
  readonly lastUpdated: Date;
}

const MAKERS = words(
  'Alder|Birch & Co|Calla|Dovetail|Elm|Fjord|Granit|Hazel|Isla|Juniper|Kestrel|Linden|Marlow',
);
const STYLES = words(
  'Classic|Compact|Everyday|Heritage|Light|Modern|Original|Pro|Slim|Studio|Travel|Vintage',
);
const COLOURS = words(
  'Ash|Black|Chalk|Clay|Copper|Forest|Graphite|Indigo|Moss|Ochre|Sand|Slate|Terracotta|White',
);

/** The first instant of 2025, UTC. Every product was last updated in the year after it. */
const EPOCH_MS = 1_735_689_600_000;
const YEAR_MS = 31_536_000_000;

const MAX_STOCK = 500;
/** One product in so many is sold out: what a client shows then should be seen in a demonstration too. */
const SOLD_OUT_ONE_IN = 20;

/**
 * Product number `k` of the seeded catalogue: the same on every machine and in a catalogue of any size, since it
 * depends on `k` and the tables here alone.
 *
 * @param k a whole number from 0
 */
export function productOf(k: number): SeedProduct {
  const category = pick(CATEGORIES, draw(k, 'category'));
  const maker = pick(MAKERS, draw(k, 'maker'));
  const style = pick(STYLES, draw(k, 'style'));
  const noun = pick(category.nouns, draw(k, 'noun'));
  const colour = pick(COLOURS, draw(k, 'colour'));
  return {
    id: `prod-${k}`,
    name: `${maker} ${style} ${noun}, ${colour}`,
    price: priceOf(draw(k, 'price'), category),
    stock: stockOf(draw(k, 'stock')),
    categoryId: category.id,
    lastUpdated: new Date(EPOCH_MS + Math.floor(draw(k, 'updated') * YEAR_MS)),
  };
}

/** Cheap things are more common than dear ones, and prices end in 9: 4.99, 129.99. */
function priceOf(u: number, { minCents, maxCents }: { minCents: number; maxCents: number }): string {
  const cents = Math.floor(minCents + u * u * u * (maxCents - minCents));
  const shown = cents - (cents % 100) + 99;
  return `${Math.floor(shown / 100)}.${String(shown % 100).padStart(2, '0')}`;
}

function stockOf(u: number): number {
  const soldOut = 1 / SOLD_OUT_ONE_IN;
  return u < soldOut ? 0 : 1 + Math.floor(((u - soldOut) / (1 - soldOut)) * MAX_STOCK);
}

function pick<T>(list: readonly T[], u: number): T {
  return list[Math.floor(u * list.length)] as T;
}

function words(text: string): readonly string[] {
  return text.split('|');
}
