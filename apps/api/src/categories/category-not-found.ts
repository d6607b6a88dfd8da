import '../problems.js';
import { ProblemError } from '#libs/errors';

export function categoryNotFound(id: string): ProblemError {
  return new ProblemError('CATEGORY_NOT_FOUND', { detail: `There is no category ${id}.` });
}

export function isCategoryNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'CATEGORY_NOT_FOUND';
}
