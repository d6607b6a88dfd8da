import { z } from 'zod';
import { validate } from '#libs/http';
import * as fields from './product-fields.js';

const owned = { last_updated: fields.readOnly, category: fields.category };

const createSchema = z.strictObject({
  id: fields.id.optional(),
  name: fields.name,
  price: fields.price,
  stock: fields.stock,
  ...owned,
});

const replaceSchema = z.strictObject({
  id: z.unknown().optional(),
  name: fields.name,
  price: fields.price,
  stock: fields.stock,
  ...owned,
});

/** A merge patch (RFC 7396): null removes, and what a product always has can not be removed. */
const patchSchema = z.strictObject({
  id: z.unknown().optional(),
  name: fields.name.optional(),
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

function otherId(id: string, body: unknown) {
  if (typeof body !== 'object' || body === null || !('id' in body) || body.id === id) return [];
  return [{ field: 'id', rule: 'equal', message: `must be ${id}, as in the address: it can not be changed` }];
}

function withoutId({ name, price, stock, category }: ProductChange): ProductChange {
  return { name, price, stock, category };
}
