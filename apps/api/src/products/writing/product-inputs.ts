import { z } from 'zod';
import { validate } from '#libs/http';
import { idField, nameField, otherId, readOnlyField } from '#libs/writes';
import * as fields from './product-fields.js';

const owned = { last_updated: readOnlyField, category: fields.category };

const createSchema = z.strictObject({
  id: idField.optional(),
  name: nameField,
  price: fields.price,
  stock: fields.stock,
  ...owned,
});

const replaceSchema = z.strictObject({
  id: z.unknown().optional(),
  name: nameField,
  price: fields.price,
  stock: fields.stock,
  ...owned,
});

/** A merge patch (RFC 7396): null removes a member; required members cannot be removed. */
const patchSchema = z.strictObject({
  id: z.unknown().optional(),
  name: nameField.optional(),
  price: fields.price.optional(),
  stock: fields.stock.optional(),
  ...owned,
});

const stockSchema = z.strictObject({ delta: fields.delta });

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
