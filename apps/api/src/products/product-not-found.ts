import '../problems.js';
import { ProblemError } from '#libs/errors';

export function productNotFound(id: string): ProblemError {
  return new ProblemError('PRODUCT_NOT_FOUND', { detail: `There is no product ${id}.` });
}

export function isProductNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'PRODUCT_NOT_FOUND';
}
