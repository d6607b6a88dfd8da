import { Injectable } from '@nestjs/common';
import type { IdempotentRequest } from '#libs/db';
import {
  EntityWrites,
  made,
  newId,
  Precondition,
  type WritableResource,
  type WriteResult,
} from '#libs/writes';
import {
  type NewProduct,
  type Product,
  type ProductChange,
  productNotFound,
  productResource,
} from '../product.js';
import { ProductWritesRepository } from './product-writes.repository.js';

const PRODUCT: WritableResource<Product> = {
  noun: 'Product',
  resource: productResource,
  idOf: ({ id }) => id,
  path: '/products',
  isDerived: false,
};

type Result = WriteResult<Product>;

/** Changes products: each change is one statement or one transaction, and the caches know of it when it returns. */
@Injectable()
export class ProductWritesService {
  constructor(
    private readonly writes: EntityWrites,
    private readonly products: ProductWritesRepository,
    private readonly precondition: Precondition,
  ) {}

  create(input: NewProduct, attempt: IdempotentRequest | null): Promise<Result> {
    const id = input.id ?? newId('prod');
    return this.writes.once(PRODUCT, `product:${id}`, attempt, async (sql) =>
      made(PRODUCT, await this.products.insert(sql, id, input), 201),
    );
  }

  async change(id: string, change: ProductChange, ifMatch: string | undefined): Promise<Result> {
    const { category, ...others } = change;
    const nothing = Object.values(change).every((value) => value === undefined);
    if (!(nothing || category !== undefined || this.precondition.isAsked(ifMatch))) {
      const result = await this.writes.alone(PRODUCT, `product:${id}`, () =>
        this.products.updateAlone(id, others),
      );
      if (result === null) throw productNotFound(id);
      return result;
    }
    return this.writes.write(PRODUCT, `product:${id}`, async (sql) => {
      const product = await this.products.lock(sql, id);
      this.precondition.check(PRODUCT, product, ifMatch);
      return made(PRODUCT, nothing ? product : await this.products.update(sql, id, change), 200);
    });
  }

  remove(id: string, ifMatch: string | undefined): Promise<Result> {
    return this.writes.write(PRODUCT, `product:${id}`, async (sql) => {
      this.precondition.check(PRODUCT, await this.products.lock(sql, id), ifMatch);
      await this.products.delete(sql, id);
      return { kind: 'removed' };
    });
  }

  async addToStock(
    id: string,
    delta: number,
    ifMatch: string | undefined,
    attempt: IdempotentRequest | null,
  ): Promise<Result> {
    if (ifMatch === undefined && attempt === null) {
      const result = await this.writes.alone(PRODUCT, `product:${id}`, () =>
        this.products.addToStockAlone(id, delta),
      );
      if (result !== null) return result;
      await this.products.refuseStock(id, delta);
      // It changed meanwhile: a transaction holds it to find out.
    }
    return this.writes.once(PRODUCT, `product:${id}`, attempt, async (sql) => {
      // Only then: without it the one UPDATE needs no lock ahead, and a hot product is held for a round trip less.
      if (ifMatch !== undefined)
        this.precondition.checkGiven(PRODUCT, await this.products.lock(sql, id), ifMatch);
      return made(PRODUCT, await this.products.addToStock(sql, id, delta), 200);
    });
  }
}
