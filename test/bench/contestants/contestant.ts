import type { Keys } from '../load/keys.ts';
import type { Server } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';

export type Runtime =
  | {
      readonly kind: 'found';
      /** The interpreter and its arguments. */
      readonly interpreter: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'missing'; readonly reason: string };

export type Phase = 'warm-up' | 'closed' | 'open';

/** A server with a load: one row of the results. */
export interface Contestant {
  readonly name: string;
  readonly title: string;
  /** What its requests meet. */
  readonly about: string;
  /** The program and its arguments, for Node or for what `runtime` finds. */
  readonly program: readonly string[];
  /** Finds what runs the program; default: this Node. */
  runtime?(): Promise<Runtime>;
  readonly readyPath: string;
  settings(stage: Stage): Record<string, string>;
  keys(phase: Phase): Keys;
  /** How many products the catalogue has to hold for it; 0 where it brings its own. */
  readonly products: number;
  /** Asks for every key once before anything is measured, so that what follows finds it in Redis. */
  readonly preheat?: number;
  /** How many times as long it is warmed up as the others; default: 1. */
  readonly warmUps?: number;
  /** The share of requests that change a product's stock. */
  readonly writeShare?: number;
  readonly pinned: boolean;
  /** @returns why it can't be measured with this build, or null */
  unavailable?(server: Server): Promise<string | null>;
}
