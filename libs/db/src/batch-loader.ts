import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { DatabaseConfig } from '#libs/config';
import { SharedSpans } from '#libs/tracing';
import {
  Gathering,
  type GatheringLimits,
  MAX_KEYS,
  MissRate,
  type Recently,
  RunningStatements,
} from './gathering.js';

const BATCH = { name: 'db.batch_load' };

/** How often a batch is looked at, in milliseconds. */
const LOOK_EVERY_MS = 2;
/** The least that a key waits when keys come faster than they trickle, in milliseconds. */
const FIRST_LOOK_MS = 1;

/** @returns the rows of those keys that exist, by key; its failure fails every load that it was made for */
export type LoadRows<Row> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>;

/**
 * Loads single rows as if each had a statement of its own, and gathers those that are asked for about the same time
 * into one. Remembers nothing: every load reads the database.
 */
export class BatchLoader<Row> {
  private readonly loader: DataLoader<string, Row | undefined>;
  private readonly recently: Recently;
  private newest: Gathering | undefined;
  private readonly spans = new SharedSpans<string>();

  /** @param nowMs a clock, in milliseconds */
  constructor(
    private readonly loadRows: LoadRows<Row>,
    private readonly limits: GatheringLimits,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.recently = { rate: new MissRate(nowMs), statements: new RunningStatements(nowMs) };
    this.loader = new DataLoader((keys) => this.loadBatch(keys), {
      cache: false,
      maxBatchSize: MAX_KEYS,
      batchScheduleFn: (dispatch) => this.gather(dispatch),
    });
  }

  load(key: string): Promise<Row | undefined> {
    this.recently.rate.arrived();
    this.spans.join(key);
    const row = this.loader.load(key);
    this.newest?.add();
    return row;
  }

  private gather(dispatch: () => void): void {
    const gathering = new Gathering(this.limits, this.recently, this.nowMs);
    this.newest = gathering;
    const look = () => {
      if (gathering.isOver()) dispatch();
      else setTimeout(look, LOOK_EVERY_MS);
    };
    // What arrived together is together by then.
    if (gathering.isTrickle) setImmediate(look);
    else setTimeout(look, FIRST_LOOK_MS);
  }

  private async loadBatch(keys: readonly string[]): Promise<(Row | undefined)[]> {
    const distinct = [...new Set(keys)];
    const rows = await this.spans.run(distinct, BATCH, () =>
      this.recently.statements.run(distinct.length, () => this.loadRows(distinct)),
    );
    return keys.map((key) => rows.get(key));
  }
}

/** Makes loaders that know how many statements may run at once. */
@Injectable()
export class BatchLoaders {
  constructor(private readonly config: DatabaseConfig) {}

  of<Row>(loadRows: LoadRows<Row>): BatchLoader<Row> {
    const { loadConcurrency: places, loadWaitMs: maxWaitMs } = this.config;
    return new BatchLoader(loadRows, { places, maxWaitMs });
  }
}
