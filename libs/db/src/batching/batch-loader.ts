import DataLoader from 'dataloader';
import { Gathering, type GatheringLimits, MAX_KEYS, type Recently } from './gathering.js';
import { MissRate } from './miss-rate.js';
import { RunningStatements } from './running-statements.js';

/** How often a batch is looked at, and the least that a key waits, in milliseconds. */
const LOOK_EVERY_MS = 2;

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
    setTimeout(look, LOOK_EVERY_MS);
  }

  private async loadBatch(keys: readonly string[]): Promise<(Row | undefined)[]> {
    const rows = await this.recently.statements.run(() => this.loadRows([...new Set(keys)]));
    return keys.map((key) => rows.get(key));
  }
}
