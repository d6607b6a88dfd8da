import DataLoader from 'dataloader';
import { GatherWindow } from './gather-window.js';

/** A statement for more keys than this takes long enough to hold the others up. */
const MAX_KEYS = 500;

/**
 * Loads single rows as if each had a statement of its own, and gathers those that are asked for about the same time
 * into one. Remembers nothing: every load reads the database.
 */
export class BatchLoader<Row> {
  private readonly loader: DataLoader<string, Row | undefined>;
  private readonly window: GatherWindow;

  /**
   * @param loadRows the rows of those keys that exist, by key; its failure fails every load that it was made for
   * @param nowMs a clock, in milliseconds
   */
  constructor(
    loadRows: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
    nowMs: () => number = () => performance.now(),
  ) {
    this.window = new GatherWindow(nowMs);
    this.loader = new DataLoader(
      async (keys) => {
        const rows = await loadRows([...new Set(keys)]);
        return keys.map((key) => rows.get(key));
      },
      {
        cache: false,
        maxBatchSize: MAX_KEYS,
        batchScheduleFn: (dispatch) => void setTimeout(dispatch, this.window.nextMs()),
      },
    );
  }

  load(key: string): Promise<Row | undefined> {
    this.window.arrived();
    return this.loader.load(key);
  }
}
