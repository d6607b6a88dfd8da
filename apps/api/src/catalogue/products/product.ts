import '../../problems.js';
import { z } from 'zod';
import type { CachedResourceOptions } from '#libs/cache-http';
import { ProblemError } from '#libs/errors';
import { entityIdRule, entityIdSchema, invalidFields, isEntityId } from '#libs/http';
import { ApiProperty, ApiSchema } from '#libs/open-api';
import { breaks, idField, MAX_NAME_CHARACTERS, nameField, readOnlyField, repeatedId } from '#libs/writes';

/** The widest that numeric(9, 2) holds. */
const MAX_PRICE = 9_999_999.99;
const MIN_PRICE = 0.01;
const MAX_INT32 = 2_147_483_647;
const MIN_INT32 = -2_147_483_648;

/** A product as Postgres has it. */
export interface Product {
  readonly id: string;
  readonly name: string;
  /** In the shop's currency; exact to the cent, since a double holds every such number of nine digits. */
  readonly price: number;
  readonly stock: number;
  /** The id of its category; null for none. */
  readonly category: string | null;
  /** Unix seconds with fraction. */
  readonly lastUpdated: number;
  readonly version: number;
}

/** numeric and bigint arrive as text: the driver will not lose digits on its own. */
export interface ProductRow {
  readonly id: string;
  readonly name: string;
  readonly price: string;
  readonly stock: number;
  readonly last_updated: string;
  readonly version: string;
  readonly category_id: string | null;
}

export const PRODUCT_COLUMNS =
  'id, name, price, stock, extract(epoch FROM last_updated) AS last_updated, version, category_id';

/** The same as a list, in the order of the columns. */
export type ProductValues = readonly [
  id: string,
  name: string,
  price: string,
  stock: number,
  lastUpdated: string,
  version: string,
  categoryId: string | null,
];

export function toProduct(row: ProductRow): Product {
  const { id, name, price, stock, last_updated, version, category_id } = row;
  return productOf([id, name, price, stock, last_updated, version, category_id]);
}

export function productOf([id, name, price, stock, lastUpdated, version, category]: ProductValues): Product {
  return {
    id,
    name,
    price: Number(price),
    stock,
    category,
    lastUpdated: Number(lastUpdated),
    version: Number(version),
  };
}

export function productNotFound(id: string): ProblemError {
  return new ProblemError('PRODUCT_NOT_FOUND', { detail: `There is no product ${id}.` });
}

function isProductNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'PRODUCT_NOT_FOUND';
}

export function productExists(id: string): ProblemError {
  return new ProblemError('PRODUCT_EXISTS', { detail: `There is a product ${id} already.` });
}

export function unknownCategory(id: string): ProblemError {
  return invalidFields([
    { field: 'category', rule: 'exists', message: `must be the id of a category; there is no ${id}` },
  ]);
}

/** Why a stock change is refused; null if it is not. */
export function stockRefusal({ id, stock }: Product, delta: number): ProblemError | null {
  if (stock + delta < 0) {
    return new ProblemError('STOCK_INSUFFICIENT', {
      detail: `Cannot take ${-delta} of ${id}: only ${stock} in stock.`,
      errors: [
        { field: 'delta', rule: 'minimum', message: `must be ${-stock} at least, since there are ${stock}` },
      ],
    });
  }
  if (stock + delta <= MAX_INT32) return null;
  return new ProblemError('STOCK_LIMIT', {
    detail: `Cannot add ${delta} to ${id}: ${stock} in stock, at most ${MAX_INT32}.`,
    errors: [{ field: 'delta', rule: 'maximum', message: `must be ${MAX_INT32 - stock} at most` }],
  });
}

/** A product as a client sees it. */
@ApiSchema({ name: 'Product', description: 'A product.' })
export class ProductDto {
  @ApiProperty({ ...entityIdSchema, example: 'prod-1' })
  readonly id!: string;

  @ApiProperty({ example: 'Walnut Desk Lamp', minLength: 1, maxLength: MAX_NAME_CHARACTERS })
  readonly name!: string;

  @ApiProperty({
    example: 49.9,
    type: 'number',
    minimum: MIN_PRICE,
    maximum: MAX_PRICE,
    description: "In the shop's currency, exact to the cent.",
  })
  readonly price!: number;

  @ApiProperty({ example: 12, type: 'integer', minimum: 0, maximum: MAX_INT32 })
  readonly stock!: number;

  @ApiProperty({ example: 1760000000.125, type: 'number', description: 'Unix seconds with fraction.' })
  readonly last_updated!: number;

  @ApiProperty({
    ...entityIdSchema,
    example: 'lighting',
    nullable: true,
    description: 'The id of its category; null for none.',
  })
  readonly category!: string | null;
}

function toProductDto(product: Product): ProductDto {
  return {
    id: product.id,
    name: product.name,
    price: product.price,
    stock: product.stock,
    last_updated: product.lastUpdated,
    category: product.category,
  };
}

/** How products are cached: under `product:<id>`, an unknown id too, an impossible one never. */
export const productResource: CachedResourceOptions<Product> = {
  key: ({ id }) => (isEntityId(id) ? `product:${id}` : null),
  version: (product) => product.version,
  body: toProductDto,
  isAbsent: isProductNotFound,
  absentError: ({ id = '' }) => productNotFound(id),
};

/** Whether a price is a whole number of cents: its nearest one of two decimals is the price itself. */
const isInCents = (price: number) => Number(price.toFixed(2)) === price;

export const price = z
  .number()
  .gt(0, 'must be more than 0')
  .lte(MAX_PRICE, `must be ${MAX_PRICE} at most`)
  .refine(isInCents, breaks('decimals', 'must have two decimals at most'))
  .meta({ exclusiveMinimum: undefined, minimum: MIN_PRICE, multipleOf: 0.01, example: 49.9 });

const integer = z
  .number()
  .refine(Number.isInteger, breaks('integer', 'must be a whole number'))
  .lte(MAX_INT32, `must be ${MAX_INT32} at most`)
  .meta({ type: 'integer' });

const stock = integer.gte(0, 'must be 0 at least').meta({ example: 12 });

const delta = integer
  .gte(MIN_INT32, `must be ${MIN_INT32} at least`)
  .meta({ example: -1, description: 'Added to the stock; negative to take.' });

const category = z
  .string()
  .refine(isEntityId, breaks('pattern', entityIdRule))
  .meta({ pattern: entityIdSchema.pattern })
  .nullable()
  .optional()
  .meta({
    example: 'kitchen',
    description: 'The id of a category; null for none. Absent: none for a new product, as it is for another.',
  });

export const productReplacement = z
  .strictObject({
    id: repeatedId.meta({ example: 'prod-1' }),
    name: nameField.meta({ example: 'Walnut Desk Lamp' }),
    price,
    stock,
    last_updated: readOnlyField,
    category,
  })
  .meta({
    title: 'ProductReplacement',
    description: 'A whole product; a missing member is refused.',
  });

export const newProduct = productReplacement
  .extend({
    id: idField.optional().meta({ example: 'prod-1', description: 'Created by the service if absent.' }),
  })
  .meta({ title: 'NewProduct', description: 'A product that is to be.' });

/** Null removes a member; required members cannot be removed. */
export const productPatch = productReplacement.partial().meta({
  title: 'ProductPatch',
  description: 'A JSON merge patch (RFC 7396): absent members stay unchanged.',
});

export const stockChange = z
  .strictObject({ delta })
  .meta({ title: 'StockChange', description: 'A change of a stock.' });

export type NewProduct = Omit<z.output<typeof newProduct>, 'last_updated'>;

/** What is undefined stays as it is; the category null is none. */
export type ProductChange = Omit<z.output<typeof productPatch>, 'id' | 'last_updated'>;

export type StockChange = z.output<typeof stockChange>;
