import { Injectable } from '@nestjs/common';
import { WriteThrough } from '#libs/coherence';
import { DatabaseWriter, IdempotencyKeys, type IdempotentRequest, type Sql } from '#libs/db';
import { newProductId } from './new-product-id.js';
import { Precondition } from './precondition.js';
import type { NewProduct, ProductChange } from './product-inputs.js';
import { ProductWritesRepository } from './product-writes.repository.js';
import { made, stateOf, type WriteResult } from './write-result.js';

type Work = (sql: Sql) => Promise<WriteResult>;

/** Changes products: each change a transaction, told to the caches when it returns. */
@Injectable()
export class ProductWritesService {
  constructor(
    private readonly database: DatabaseWriter,
    private readonly writeThrough: WriteThrough,
    private readonly products: ProductWritesRepository,
    private readonly precondition: Precondition,
    private readonly keys: IdempotencyKeys,
  ) {}

  create(input: NewProduct, attempt: IdempotentRequest | null): Promise<WriteResult> {
    const id = input.id ?? newProductId();
    return this.once(id, attempt, async (sql) => made(await this.products.insert(sql, id, input), 201));
  }

  change(id: string, change: ProductChange, ifMatch: string | undefined): Promise<WriteResult> {
    return this.write(id, async (sql) => {
      const product = await this.products.lock(sql, id);
      this.precondition.check(product, ifMatch);
      const nothing = Object.values(change).every((value) => value === undefined);
      return made(nothing ? product : await this.products.update(sql, id, change), 200);
    });
  }

  remove(id: string, ifMatch: string | undefined): Promise<WriteResult> {
    return this.write(id, async (sql) => {
      this.precondition.check(await this.products.lock(sql, id), ifMatch);
      await this.products.delete(sql, id);
      return { kind: 'removed' };
    });
  }

  addToStock(
    id: string,
    delta: number,
    ifMatch: string | undefined,
    attempt: IdempotentRequest | null,
  ): Promise<WriteResult> {
    return this.once(id, attempt, async (sql) => {
      // Only then: without it the one UPDATE needs no lock ahead, and a hot product is held for a round trip less.
      if (ifMatch !== undefined) this.precondition.checkGiven(await this.products.lock(sql, id), ifMatch);
      return made(await this.products.addToStock(sql, id, delta), 200);
    });
  }

  /** A write that is made once, however often it is asked for under the same key. */
  private once(
    id: string,
    attempt: IdempotentRequest | null,
    work: (sql: Sql) => Promise<WriteResult & { kind: 'made' }>,
  ): Promise<WriteResult> {
    if (attempt === null) return this.write(id, work);
    return this.write(id, async (sql) => {
      const answer = await this.keys.recall(sql, attempt);
      if (answer !== null) return { kind: 'replayed', answer };
      const result = await work(sql);
      await this.keys.remember(sql, attempt, result.answer);
      return result;
    });
  }

  private write(id: string, work: Work): Promise<WriteResult> {
    return this.writeThrough.run(`product:${id}`, () => this.database.write(work), stateOf);
  }
}
