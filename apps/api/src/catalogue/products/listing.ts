import { crc32 } from 'node:zlib';
import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import type { FieldError } from '#libs/errors';
import { entityIdRule, entityIdSchema, isEntityId, limitParameter, validate } from '#libs/http';
import {
  ApiExtraModels,
  ApiOperation,
  ApiProperty,
  ApiResponse,
  ApiSchema,
  answerHeaders,
  CACHE_HEADERS,
  CachedDocs,
  ProblemDocs,
  QueryDocs,
} from '#libs/open-api';
import { ProductDto } from './product.js';

/** Ids that can be named at once. */
const MAX_IDS = 100;

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

const ids = z
  .preprocess(
    splitIds,
    z
      .array(z.string())
      .min(1, COUNT)
      .max(MAX_IDS, COUNT)
      .refine((list) => list.every(isEntityId), {
        message: `each ${entityIdRule}`,
        params: { rule: 'pattern' },
      }),
  )
  .meta({
    type: 'array',
    items: entityIdSchema,
    minItems: 1,
    maxItems: MAX_IDS,
    description: 'With commas between; excludes the other parameters.',
  });

const namedQuery = z.strictObject({ ids });

/** A query that names products. */
const namedListing = namedQuery.transform(
  (query): NamedListing => ({ kind: 'named', ids: [...new Set(query.ids)] }),
);

const pageQuery = z.strictObject({
  category: z
    .string()
    .refine(isEntityId, { message: entityIdRule, params: { rule: 'pattern' } })
    .optional()
    .meta({
      ...entityIdSchema,
      example: 'kitchen',
      description: 'Only the products of this one. One that there is not has none.',
    }),
  limit: limitParameter(MAX_LIMIT, DEFAULT_LIMIT, 'How many products a page has at most.'),
  cursor: z.string().optional().meta({
    type: 'string',
    pattern: '^[A-Za-z0-9_-]+$',
    description: 'The `next_cursor` of the page before, of the same category.',
  }),
});

/** A query for a page. */
const pageListing = pageQuery.transform(({ category, limit, cursor }, context): PageListing => {
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

/** What asks for a page, and means nothing where the products are named. */
const PAGE_PARAMETERS = Object.keys(pageQuery.shape);

type Query = Readonly<Record<string, unknown>>;

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

/** One schema for both: a union of two has no member that a typed client could read without asking which one it got. */
@ApiSchema({
  name: 'ProductList',
  description: 'Products: those that `ids` names, with `missing`; or a page of them, with `next_cursor`.',
})
class ProductListDto {
  @ApiProperty({
    type: [ProductDto],
    maxItems: MAX_IDS,
    description: 'With `ids` in the order asked, each once; of a page in the order of their ids.',
  })
  readonly items!: ProductDto[];

  @ApiProperty({
    type: 'array',
    required: false,
    items: entityIdSchema,
    maxItems: MAX_IDS,
    example: ['prod-x'],
    description: 'With `ids`: those that no product has.',
  })
  readonly missing?: string[];

  @ApiProperty({
    type: 'string',
    required: false,
    nullable: true,
    example: encodeCursor('prod-20', 'kitchen'),
    description: 'Of a page: the `cursor` of the next one; null at the end.',
  })
  readonly next_cursor?: string | null;
}

const LAMP = {
  id: 'prod-1',
  name: 'Walnut Desk Lamp',
  price: 49.9,
  stock: 12,
  last_updated: 1760000000.125,
  category: 'kitchen',
};

const EXAMPLES = {
  named: {
    summary: 'Products named by their ids',
    value: { items: [LAMP], missing: ['prod-x'] },
  },
  page: {
    summary: 'The first page of a category',
    value: { items: [LAMP], next_cursor: encodeCursor('prod-1', 'kitchen') },
  },
};

/** The OpenAPI description of `GET /products`. */
export const ListDocs = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'listProducts',
      summary: 'Several products: those named by `ids`, or a page in the order of their ids',
      description:
        'Every product that exists throughout a walk over `next_cursor` is on exactly one of its pages, whatever ' +
        'comes and goes meanwhile.',
    }),
    QueryDocs({ ...namedQuery.shape, ...pageQuery.shape }),
    ApiExtraModels(ProductListDto),
    ApiResponse({
      status: 200,
      description: 'The products named, and the ids of none; or a page.',
      headers: answerHeaders(...CACHE_HEADERS, 'Link', 'Content-Encoding'),
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/ProductList' }, examples: EXAMPLES },
      },
    }),
    CachedDocs({ more: ['Link'] }),
    ProblemDocs('NOT_ACCEPTABLE'),
  );
