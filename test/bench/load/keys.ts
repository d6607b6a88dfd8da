import { mulberry } from './random.ts';
import { zipf } from './zipf.ts';

/** Which products a load asks for, as `prod-<number>`. */
export type Keys =
  | { readonly kind: 'uniform'; readonly first?: number; readonly count: number }
  /** Each of them once, from the first on, and round again. */
  | { readonly kind: 'distinct'; readonly first: number; readonly count: number }
  | { readonly kind: 'zipf'; readonly count: number; readonly theta: number };

/** @returns draws the number of the next product; the same ones for the same seed */
export function keyStream(keys: Keys, seed: number): () => number {
  const random = mulberry(seed);
  switch (keys.kind) {
    case 'uniform':
      return () => (keys.first ?? 0) + Math.floor(random() * keys.count);
    case 'distinct': {
      let next = 0;
      return () => keys.first + (next++ % keys.count);
    }
    case 'zipf':
      return zipf(keys.count, keys.theta, random);
  }
}
