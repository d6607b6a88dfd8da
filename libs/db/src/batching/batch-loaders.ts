import { Injectable } from '@nestjs/common';
import { DatabaseConfig } from '#libs/config';
import { BatchLoader, type LoadRows } from './batch-loader.js';

/** Makes loaders that know how many statements may run at once. */
@Injectable()
export class BatchLoaders {
  constructor(private readonly config: DatabaseConfig) {}

  of<Row>(loadRows: LoadRows<Row>): BatchLoader<Row> {
    const { loadConcurrency: places, loadWaitMs: maxWaitMs } = this.config;
    return new BatchLoader(loadRows, { places, maxWaitMs });
  }
}
