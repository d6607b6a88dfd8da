import '../../problems.js';
import { ProblemError } from '#libs/errors';

export function categoryExists(id: string): ProblemError {
  return new ProblemError('CATEGORY_EXISTS', { detail: `There is a category ${id} already.` });
}

export function categoryNotEmpty(id: string, productCount: number): ProblemError {
  return new ProblemError('CATEGORY_NOT_EMPTY', {
    detail: `Category ${id} has products (${productCount}): move them to another one, or remove them, first.`,
  });
}
