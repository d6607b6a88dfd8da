import { Injectable } from '@nestjs/common';
import type { CacheKey } from '#libs/cache';
import type { SourceVersions } from '#libs/coherence';
import { DatabaseLink } from '#libs/db';

const PREFIX = 'product:';

const SELECT = 'SELECT id, version FROM products WHERE id = ANY($1)';

/** The versions of products as Postgres has them, for the consistency meter. */
@Injectable()
export class ProductVersions implements SourceVersions {
  constructor(private readonly database: DatabaseLink) {}

  async of(keys: readonly CacheKey[]): Promise<ReadonlyMap<CacheKey, number>> {
    const ids = keys.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    if (ids.length === 0) return new Map();
    const rows = await this.database.query<{ id: string; version: string }>(SELECT, [ids]);
    return new Map(rows.map(({ id, version }) => [`${PREFIX}${id}`, Number(version)]));
  }
}
