/** What is drawn for a product; each has numbers of its own, unrelated to the others'. */
const SALTS = {
  category: 0x2f0b4c47,
  maker: 0x51ed270b,
  style: 0x6c8e9cf5,
  noun: 0x7feb352d,
  colour: 0x045d9f3b,
  price: 0x1b873593,
  stock: 0x3c6ef372,
  updated: 0x68e31da4,
} as const;

/**
 * A number in [0, 1) that looks random and is always the same for the same `k` and purpose. In 32-bit integer
 * arithmetic, which every machine and every version of Node does alike.
 *
 * @see https://github.com/skeeto/hash-prospector (the mixing function is its `lowbias32`)
 */
export function draw(k: number, purpose: keyof typeof SALTS): number {
  let x = k ^ SALTS[purpose];
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  x ^= x >>> 16;
  return (x >>> 0) / 2 ** 32;
}
