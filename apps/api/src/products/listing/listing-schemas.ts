import { z } from 'zod';
import { entityIdRule, isEntityId, limitParameter } from '#libs/http';
import type { NamedListing, PageListing } from './listing.js';
import { DEFAULT_LIMIT, MAX_IDS, MAX_LIMIT } from './listing-bounds.js';
import { decodeCursor } from './page-cursor.js';

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
