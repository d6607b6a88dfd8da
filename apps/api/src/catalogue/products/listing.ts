import { crc32 } from 'node:zlib';
import type { PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import type { FieldError } from '#libs/errors';
import { entityIdRule, isEntityId, limitParameter, validate } from '#libs/http';

/** Ids that can be named at once. */
export const MAX_IDS = 100;

/** Products on a page. */
export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 20;

/** Some products, by their ids, in the order asked. */
export interface NamedListing {
  readonly kind: 'named';
  /** Each once. */
  readonly ids: readonly string[];
}

/** A page of the products in the order of their ids, of a category or of all. */
export interface PageListing {
  readonly kind: 'page';
  /** Null: the products of all categories, and those of none. */
  readonly categoryId: string | null;
  readonly limit: number;
  /** The last id of the page before; null for the first page. */
  readonly after: string | null;
}

/** What `GET /products` can be asked for. */
export type Listing = NamedListing | PageListing;

/** A cursor of another version is refused: what it meant is known to the release that made it alone. */
const VERSION = 1;

const CHECKSUM_AT = 1;
const ID_AT = 5;

/**
 * Where a walk through a category's products stands, for clients to hand back as it is:
 *
 *     0  version    1  CRC-32 of category and id, uint32    5  the last id that was seen, UTF-8
 *
 * as base64url (RFC 4648 §5). The checksum binds it to its category, and finds what was cut off or mistyped; it is no
 * secret, since a cursor gives access to nothing.
 *
 * @param categoryId null for the products of all categories
 */
export function encodeCursor(afterId: string, categoryId: string | null): string {
  const id = Buffer.from(afterId);
  const bytes = Buffer.alloc(ID_AT + id.length);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt32BE(crc32(`${categoryId ?? ''}\0${afterId}`), CHECKSUM_AT);
  id.copy(bytes, ID_AT);
  return bytes.toString('base64url');
}

/** @returns the last id that was seen; null where it is no cursor of this category */
export function decodeCursor(cursor: string, categoryId: string | null): string | null {
  const afterId = Buffer.from(cursor, 'base64url').subarray(ID_AT).toString();
  // Postgres has no text with a zero byte in it, and fails on one.
  if (afterId === '' || afterId.includes('\0')) return null;
  // Node decodes what is hardly base64url too; what it was made of has to come out of it again.
  return encodeCursor(afterId, categoryId) === cursor ? afterId : null;
}

const COUNT = `must be 1 to ${MAX_IDS} ids, with commas between`;

/**
 * `ids=a,b` and `ids=a&ids=b` mean the same. One more than is allowed is enough to refuse them: an address has room for
 * thousands, and each would be looked at.
 */
function splitIds(given: unknown): unknown {
  const text = [given].flat().join(',');
  return text === '' ? [] : text.split(',', MAX_IDS + 1);
}

const ids = z.preprocess(
  splitIds,
  z
    .array(z.string())
    .min(1, COUNT)
    .max(MAX_IDS, COUNT)
    .refine((list) => list.every(isEntityId), {
      message: `each ${entityIdRule}`,
      params: { rule: 'pattern' },
    }),
);

/** A query that names products. */
export const namedListing = z
  .strictObject({ ids })
  .transform((query): NamedListing => ({ kind: 'named', ids: [...new Set(query.ids)] }));

const pageQuery = z.strictObject({
  category: z
    .string()
    .refine(isEntityId, { message: entityIdRule, params: { rule: 'pattern' } })
    .optional(),
  limit: limitParameter(MAX_LIMIT, DEFAULT_LIMIT),
  cursor: z.string().optional(),
});

/** A query for a page. */
export const pageListing = pageQuery.transform(({ category, limit, cursor }, context): PageListing => {
  const categoryId = category ?? null;
  const after = cursor === undefined ? null : decodeCursor(cursor, categoryId);
  if (cursor !== undefined && after === null) {
    context.addIssue({
      code: 'custom',
      path: ['cursor'],
      message: 'must be the next_cursor of a page of the same category, as it was given',
      params: { rule: 'cursor' },
    });
  }
  return { kind: 'page', categoryId, limit, after };
});

type Query = Readonly<Record<string, unknown>>;

/** What asks for a page, and means nothing where the products are named. */
const PAGE_PARAMETERS = ['category', 'limit', 'cursor'];

/** Reads what is asked for from the query, and refuses one that says something else or two things at once. */
export class ListingPipe implements PipeTransform<Query, Listing> {
  transform(query: Query): Listing {
    if (query['ids'] === undefined) return validate(pageListing, query);
    const misplaced = PAGE_PARAMETERS.filter((name) => query[name] !== undefined);
    const named = Object.fromEntries(Object.entries(query).filter(([name]) => !misplaced.includes(name)));
    return validate(namedListing, named, misplaced.map(besideIds));
  }
}

function besideIds(field: string): FieldError {
  return { field, rule: 'exclusive', message: 'cannot be given together with ids' };
}
