import { type Distribution, productId } from './ids.ts';
import type { Visits } from './visits.ts';

/** What clients ask for, by weight: reads of a product, health, metrics; as the predecessor's load test had it. */
export const MIX = { product: 3, health: 1, metrics: 0.5 } as const;

export type MixKind = keyof typeof MIX;

const KINDS: readonly MixKind[] = ['product', 'health', 'metrics'];
const TOTAL = KINDS.reduce((sum, kind) => sum + MIX[kind], 0);

/**
 * The kind of the next request. Drawn, not taken in turn: in turn, all virtual users together would send bursts of one
 * kind.
 *
 * @param draw from 0 up to, but not including, 1
 */
export function drawKind(draw: number): MixKind {
  let left = draw * TOTAL;
  for (const kind of KINDS) {
    left -= MIX[kind];
    if (left < 0) return kind;
  }
  throw new RangeError(`A draw is at least 0 and below 1, not ${draw}`);
}

/** An iteration that sends one request of the mix. */
export function mixOf(visit: Visits, products: Distribution): () => void {
  const visits: Readonly<Record<MixKind, () => void>> = {
    product: () => visit.product(productId(products(Math.random))),
    health: () => visit.health(),
    metrics: () => visit.metrics(),
  };
  return () => visits[drawKind(Math.random())]();
}
