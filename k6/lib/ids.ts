/** A source of randomness as Math.random is one: from 0 up to, but not including, 1. */
export type Random = () => number;

/** The id of the catalogue's n-th product, counted from 0. */
export function productId(n: number): string {
  return `prod-${n}`;
}

/** One product's id, each of the catalogue's as likely as any other: the worst case for a cache. */
export function anyProductId(random: Random, products: number): string {
  return productId(Math.floor(random() * products));
}

/**
 * Makes request ids that no other virtual user makes. Each has a JavaScript runtime of its own and shares nothing with
 * the others, so what tells them apart is drawn at random, once.
 */
export function requestIds(random: Random): () => string {
  const prefix = `k6-${Math.floor(random() * 2 ** 52).toString(36)}`;
  let made = 0;
  return () => {
    made += 1;
    return `${prefix}-${made.toString(36)}`;
  };
}
