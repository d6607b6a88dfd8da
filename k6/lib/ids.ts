/** A source of randomness as Math.random is one: from 0 up to, but not including, 1. */
export type Random = () => number;

/** Draws a product's number: from 0 up to, but not including, the size of the catalogue. */
export type Distribution = (random: Random) => number;

/** Skew of the Zipf distribution, as in YCSB (Cooper et al., 2010). */
const THETA = 0.99;
/** Terms of the zeta function that are summed one by one; the rest is an integral. Each virtual user does this sum. */
const EXACT_TERMS = 1_000;

/** The id of the catalogue's n-th product, counted from 0. */
export function productId(n: number): string {
  return `prod-${n}`;
}

/** Each product is as likely as any other: the worst case for a cache. */
export function uniform(products: number): Distribution {
  return (random) => Math.floor(random() * products);
}

/**
 * Few products get most of the reads, as in a shop: product n with a probability in proportion to 1 / (n + 1)^0.99. By the
 * method of Gray et al., "Quickly Generating Billion-Record Synthetic Databases" (1994), in constant time per draw.
 */
export function zipf(products: number): Distribution {
  const zetaN = zeta(products);
  const alpha = 1 / (1 - THETA);
  const eta = (1 - (2 / products) ** (1 - THETA)) / (1 - zeta(Math.min(2, products)) / zetaN);
  return (random) => {
    const draw = random();
    const share = draw * zetaN;
    if (share < 1 || products === 1) return 0;
    if (share < 1 + 0.5 ** THETA || products === 2) return 1;
    return Math.min(products - 1, Math.floor(products * (eta * draw - eta + 1) ** alpha));
  };
}

/** The sum of 1 / k^θ for k from 1 to n; above the exact terms by the Euler–Maclaurin formula, to 1e-9. */
function zeta(n: number): number {
  let sum = 0;
  const exact = Math.min(n, EXACT_TERMS);
  for (let k = 1; k <= exact; k += 1) sum += k ** -THETA;
  if (n === exact) return sum;
  const integral = (n ** (1 - THETA) - exact ** (1 - THETA)) / (1 - THETA);
  return sum + integral + (n ** -THETA - exact ** -THETA) / 2;
}

/**
 * Makes request ids that no other virtual user makes. Each has a JavaScript runtime of its own and shares nothing with
 * the others, so the prefix that separates them is drawn at random, once.
 */
export function requestIds(random: Random): () => string {
  const prefix = `k6-${Math.floor(random() * 2 ** 52).toString(36)}`;
  let made = 0;
  return () => {
    made += 1;
    return `${prefix}-${made.toString(36)}`;
  };
}
