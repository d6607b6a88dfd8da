import { z } from 'zod';
import { entityIdRule, isEntityId, validate } from '#libs/http';
import { breaks, idField, nameField, otherId, readOnlyField } from '#libs/writes';
import { MAX_INT32, MAX_PRICE, MIN_INT32 } from '../product.js';

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

const owned = { last_updated: readOnlyField, category };

const createSchema = z.strictObject({
  id: idField.optional(),
  name: nameField,
  price,
  stock,
  ...owned,
});

const replaceSchema = z.strictObject({
  id: z.unknown().optional(),
  name: nameField,
  price,
  stock,
  ...owned,
});

/** A merge patch (RFC 7396): null removes a member; required members cannot be removed. */
const patchSchema = z.strictObject({
  id: z.unknown().optional(),
  name: nameField.optional(),
  price: price.optional(),
  stock: stock.optional(),
  ...owned,
});

const stockSchema = z.strictObject({ delta });

export type NewProduct = Omit<z.output<typeof createSchema>, 'last_updated'>;

/** What is undefined stays as it is; the category null is none. */
export type ProductChange = Omit<z.output<typeof patchSchema>, 'id' | 'last_updated'>;

export const newProductOf = (body: unknown): NewProduct => validate(createSchema, body);

export const deltaOf = (body: unknown): number => validate(stockSchema, body).delta;

/** @param id what the path names: the body may repeat it, and nothing else */
export function replacementOf(id: string, body: unknown): ProductChange {
  return withoutId(validate(replaceSchema, body, otherId(id, body)));
}

/** @param id as in replacementOf */
export function patchOf(id: string, body: unknown): ProductChange {
  return withoutId(validate(patchSchema, body, otherId(id, body)));
}

function withoutId({ name, price, stock, category }: ProductChange): ProductChange {
  return { name, price, stock, category };
}
