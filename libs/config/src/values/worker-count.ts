import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { wholeNumber } from './whole-number.js';

/**
 * A number of processes, or `auto` for as many as the processors that this process may use.
 *
 * @param max the greatest number, of `auto` too
 */
export function workerCount(max: number) {
  return z.union([
    z.literal('auto').transform(() => Math.min(availableParallelism(), max)),
    wholeNumber(1, max),
  ]);
}
