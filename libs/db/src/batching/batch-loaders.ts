import { Injectable } from '@nestjs/common';
import { DatabaseConfig } from '#libs/config';
import { BatchLoader, type LoadRows } from './batch-loader.js';

/** The share of a load's time that a batch gathers while all places are taken; as long again it may wait for one. */
const WAIT_SHARE = 1 / 8;

/** Makes loaders that know how many statements may run at once. */
@Injectable()
export class BatchLoaders {
  constructor(private readonly config: DatabaseConfig) {}

  of<Row>(loadRows: LoadRows<Row>): BatchLoader<Row> {
    const { loadConcurrency: places, loadTimeoutMs } = this.config;
    return new BatchLoader(loadRows, { places, maxWaitMs: loadTimeoutMs * WAIT_SHARE });
  }
}
