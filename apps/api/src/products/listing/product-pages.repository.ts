import { Injectable } from '@nestjs/common';
import { DatabaseLink } from '#libs/db';
import type { PageListing } from './listing.js';
import { pageStatement } from './page-statement.js';

/** The ids of a page's products, in their order, and whether there are more after them. */
export interface PageIds {
  readonly ids: readonly string[];
  readonly more: boolean;
}

@Injectable()
export class ProductPagesRepository {
  constructor(private readonly database: DatabaseLink) {}

  /** A category that there is not has no products, and no more than that is said of it. */
  async idsOf(page: PageListing): Promise<PageIds> {
    const { sql, parameters } = pageStatement(page);
    const rows = await this.database.query<{ id: string }>(sql, parameters);
    const ids = rows.slice(0, page.limit).map(({ id }) => id);
    return { ids, more: rows.length > page.limit };
  }
}
