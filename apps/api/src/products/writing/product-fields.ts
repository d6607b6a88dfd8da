import { z } from 'zod';
import { entityIdRule, isEntityId } from '#libs/http';
import { MAX_INT32, MAX_NAME_CHARACTERS, MAX_PRICE, MIN_INT32 } from '../product-bounds.js';

/** Nothing that moves a cursor or ends a line belongs into a name: C0, DEL, C1 and Unicode's two separators. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

const breaks = (rule: string, message: string) => ({ params: { rule }, message });

/** As Postgres counts them: a character outside the basic plane is one, not two. */
const charactersOf = (text: string) => Array.from(text).length;

export const id = z.string().refine(isEntityId, breaks('pattern', entityIdRule));

export const name = z
  .string()
  .trim()
  .refine((text) => text !== '', breaks('min_length', 'must have a character that is no space'))
  .refine(
    (text) => charactersOf(text) <= MAX_NAME_CHARACTERS,
    breaks('max_length', `must have ${MAX_NAME_CHARACTERS} characters at most`),
  )
  .refine((text) => !CONTROL.test(text), breaks('control_characters', 'must have no control characters'))
  .refine((text) => text.isWellFormed(), breaks('unicode', 'must be Unicode, without half of a pair'));

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

export const readOnly = z.custom<never>(() => false, breaks('read_only', 'is set by the service')).optional();
