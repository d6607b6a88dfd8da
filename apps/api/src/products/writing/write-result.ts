import { etagOf, type Loaded, loadedOf } from '#libs/cache';
import type { RememberedAnswer } from '#libs/db';
import type { Product } from '../product.js';
import { productResource } from '../product-resource.js';

/** What came of a write. */
export type WriteResult =
  | { readonly kind: 'made'; readonly product: Product; readonly answer: RememberedAnswer }
  | { readonly kind: 'removed' }
  /** Nothing: it was made before, and this is what was answered then. */
  | { readonly kind: 'replayed'; readonly answer: RememberedAnswer };

/** The tag that a GET of the product would bring. */
export function etagOfProduct(product: Product): string {
  return etagOf(bytesOf(product));
}

/** A product that was made or changed, with the bytes and the tag that a GET would bring. */
export function made(product: Product, status: 200 | 201): WriteResult & { kind: 'made' } {
  const bytes = bytesOf(product);
  const answer = {
    status,
    etag: etagOf(bytes),
    location: status === 201 ? `/products/${product.id}` : null,
    body: Buffer.from(bytes, 'latin1').toString(),
  };
  return { kind: 'made', product, answer };
}

/** What the tiers may be given of it. */
export function stateOf(result: WriteResult): Loaded | null {
  return result.kind === 'made' ? loadedOf(productResource, result.product) : null;
}

/** A byte a character, as the tiers keep them. */
function bytesOf(product: Product): string {
  const loaded = loadedOf(productResource, product);
  return loaded.state === 'present' ? loaded.body : '';
}
