import { z } from 'zod';

/** A share of a whole in decimal digits, from 0 to 1. */
export function share() {
  return z
    .string()
    .regex(/^\d(?:\.\d{1,9})?$/)
    .transform(Number)
    .pipe(z.number().min(0).max(1));
}
