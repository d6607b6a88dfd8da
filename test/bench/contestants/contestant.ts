import type { Keys } from '../load/keys.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';

export type Phase = 'warm-up' | 'closed' | 'open';

/** A server with a load: one row of the results. */
export interface Contestant {
  readonly name: string;
  readonly title: string;
  /** What its requests meet. */
  readonly about: string;
  /** The program and its arguments, for Node. */
  readonly program: readonly string[];
  readonly readyPath: string;
  settings(stage: Stage): Record<string, string>;
  keys(phase: Phase): Keys;
  /** How many products the catalogue has to hold for it; 0 where it brings its own. */
  readonly products: number;
  /** Asks for every key once before anything is measured, so that what follows finds it in Redis. */
  readonly preheat?: number;
  /** The share of requests that change a product's stock. */
  readonly writeShare?: number;
  readonly pinned: boolean;
  /** @returns why it can't be measured with this build, or null */
  unavailable?(server: Server): Promise<string | null>;
}
