import { z } from 'zod';
import { validate } from '#libs/http';
import { idField, nameField, otherId, readOnlyField } from '#libs/writes';

const owned = { last_updated: readOnlyField, product_count: readOnlyField };

const createSchema = z.strictObject({ id: idField.optional(), name: nameField, ...owned });

const replaceSchema = z.strictObject({ id: z.unknown().optional(), name: nameField, ...owned });

/** A merge patch (RFC 7396): null removes, and a category always has a name. */
const patchSchema = z.strictObject({ id: z.unknown().optional(), name: nameField.optional(), ...owned });

/** A category as a writer gives it. */
export interface NewCategory {
  readonly id?: string | undefined;
  readonly name: string;
}

/** Undefined stays as it is. */
export interface CategoryChange {
  readonly name?: string | undefined;
}

export function newCategoryOf(body: unknown): NewCategory {
  const { id, name } = validate(createSchema, body);
  return { id, name };
}

/** @param id as in the address: the body may repeat it, and give no other */
export function replacementOf(id: string, body: unknown): CategoryChange {
  return { name: validate(replaceSchema, body, otherId(id, body)).name };
}

/** @param id as in replacementOf */
export function patchOf(id: string, body: unknown): CategoryChange {
  return { name: validate(patchSchema, body, otherId(id, body)).name };
}
