import '../../../problems.js';
import { ProblemError } from '#libs/errors';
import { invalidFields } from '#libs/http';
import { MAX_INT32 as MAX_STOCK, type Product } from '../product.js';

export function productExists(id: string): ProblemError {
  return new ProblemError('PRODUCT_EXISTS', { detail: `There is a product ${id} already.` });
}

export function unknownCategory(id: string): ProblemError {
  return invalidFields([
    { field: 'category', rule: 'exists', message: `must be the id of a category; there is no ${id}` },
  ]);
}

/** Why a stock change is refused; null if it is not. */
export function stockRefusal({ id, stock }: Product, delta: number): ProblemError | null {
  if (stock + delta < 0) {
    return new ProblemError('STOCK_INSUFFICIENT', {
      detail: `Cannot take ${-delta} of ${id}: only ${stock} in stock.`,
      errors: [
        { field: 'delta', rule: 'minimum', message: `must be ${-stock} at least, since there are ${stock}` },
      ],
    });
  }
  if (stock + delta <= MAX_STOCK) return null;
  return new ProblemError('STOCK_LIMIT', {
    detail: `Cannot add ${delta} to ${id}: ${stock} in stock, at most ${MAX_STOCK}.`,
    errors: [{ field: 'delta', rule: 'maximum', message: `must be ${MAX_STOCK - stock} at most` }],
  });
}
