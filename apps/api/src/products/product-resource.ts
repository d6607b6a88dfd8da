import type { CachedResourceOptions } from '#libs/cache-http';
import { isEntityId } from '#libs/http';
import { toProductDto } from './product.dto.js';
import type { Product } from './product.js';
import { isProductNotFound, productNotFound } from './product-not-found.js';

/** How products are cached: under `product:<id>`, an unknown id too, an impossible one never. */
export const productResource: CachedResourceOptions<Product> = {
  key: ({ id }) => (isEntityId(id) ? `product:${id}` : null),
  version: (product) => product.version,
  body: toProductDto,
  isAbsent: isProductNotFound,
  absentError: ({ id = '' }) => productNotFound(id),
};
