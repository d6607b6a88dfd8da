import { z } from 'zod';
import { entityIdRule, isEntityId } from '#libs/http';
import { breaks } from '#libs/writes';
import { MAX_INT32, MAX_PRICE, MIN_INT32 } from '../product-bounds.js';

/** Whether a price is a whole number of cents: its nearest one of two decimals is the price itself. */
const isInCents = (price: number) => Number(price.toFixed(2)) === price;

export const price = z
  .number()
  .gt(0, 'must be more than 0')
  .lte(MAX_PRICE, `must be ${MAX_PRICE} at most`)
  .refine(isInCents, breaks('decimals', 'must have two decimals at most'));

const integer = z
  .number()
  .refine(Number.isInteger, breaks('integer', 'must be a whole number'))
  .lte(MAX_INT32, `must be ${MAX_INT32} at most`);

export const stock = integer.gte(0, 'must be 0 at least');

export const delta = integer.gte(MIN_INT32, `must be ${MIN_INT32} at least`);

/** Null for none. */
export const category = z.string().refine(isEntityId, breaks('pattern', entityIdRule)).nullable().optional();
