import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { DatabaseConfig } from '#libs/config';
import { SharedSpans } from '#libs/tracing';

/** Arrivals are counted over this time, in milliseconds. */
const WINDOW_MS = 100;
/** So many keys a millisecond are a flash: from there on, waiting for company pays. Below, one would wait long for a handful. */
const FLASH_KEYS_PER_MS = 2;
/** A flash goes on for so long after it was seen, in milliseconds: readers who wait for their batches come no faster than these. */
const FLASH_LASTS_MS = 3_000;

/** How fast keys are missed: whether they trickle or come in a flash. */
export class MissRate {
  private countFromMs: number;
  private arrivals = 0;
  private flashUntilMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs a clock, in milliseconds */
  constructor(private readonly nowMs: () => number) {
    this.countFromMs = nowMs();
  }

  arrived(): void {
    const nowMs = this.nowMs();
    if (nowMs - this.countFromMs >= WINDOW_MS) {
      this.arrivals = 0;
      this.countFromMs = nowMs;
    }
    this.arrivals += 1;
    if (this.arrivals >= FLASH_KEYS_PER_MS * WINDOW_MS) this.flashUntilMs = nowMs + FLASH_LASTS_MS;
  }

  get isFlash(): boolean {
    return this.nowMs() < this.flashUntilMs;
  }
}

/** The weight of the last statement in the average: one fast statement in a busy time says little. */
const WEIGHT_OF_LAST = 0.3;

/** The statements of one kind that are under way, and how long they usually take these days. */
export class RunningStatements {
  private running = 0;
  private usualMs: number | undefined;
  private lastEndedAtMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs a clock, in milliseconds */
  constructor(private readonly nowMs: () => number) {}

  get count(): number {
    return this.running;
  }

  /**
   * Whether the last one ended a shorter time ago than they usually take. A process that rests that long between two is busy
   * with them for half of the time at most: if statements are slow, at whichever end, they get fewer.
   */
  get isResting(): boolean {
    return this.nowMs() - this.lastEndedAtMs < (this.usualMs ?? 0);
  }

  /** @throws what `statement` throws */
  async run<T>(statement: () => Promise<T>): Promise<T> {
    const startedAtMs = this.nowMs();
    this.running += 1;
    try {
      return await statement();
    } finally {
      this.running -= 1;
      this.lastEndedAtMs = this.nowMs();
      this.learn(this.lastEndedAtMs - startedAtMs);
    }
  }

  private learn(tookMs: number): void {
    const before = this.usualMs ?? tookMs;
    this.usualMs = before + WEIGHT_OF_LAST * (tookMs - before);
  }
}

/** A statement for more keys than this takes long enough to hold the others up. */
export const MAX_KEYS = 500;
/** A statement for this many keys is worth its round trip, and costs little more than one for a few. */
const WANTED_KEYS = 100;
/** In a flash, the longest that a key waits for company alone, in milliseconds. */
const FLASH_MS = 40;
/** After this many polls without a new key, flush: the callers may be waiting for this very batch. */
const QUIET_LOOKS = 3;
/** The longest that a key waits while there is a slot, in milliseconds. */
const LONGEST_MS = 100;

export interface GatheringLimits {
  /** Statements at once, at most. */
  readonly places: number;
  /** How long a batch waits for one of them to end before it queues for a slot anyway, in milliseconds. */
  readonly maxWaitMs: number;
}

/** The recent statements of a batch's loader. */
export interface Recently {
  readonly rate: MissRate;
  readonly statements: RunningStatements;
}

/**
 * Decides when a batch of missed keys has gathered for long enough: while keys trickle, at the first look; while a
 * statement is under way, when it has ended, as databases gather commits while one is being written. The busier the way
 * to Postgres, the fewer and larger its statements get.
 *
 * It is looked at every few milliseconds, which is also a turn of the event loop each. By the clock alone the time of a
 * busy process would be up before its sockets were read, and single keys be asked for just when there is no time for it.
 */
export class Gathering {
  private readonly openedAtMs: number;
  private keys = 0;
  private keysAtLastLook = 0;
  private quietLooks = 0;

  /** @param nowMs a clock, in milliseconds */
  constructor(
    private readonly limits: GatheringLimits,
    private readonly recently: Recently,
    private readonly nowMs: () => number,
  ) {
    this.openedAtMs = nowMs();
  }

  add(): void {
    this.keys += 1;
  }

  /** A look at the batch. @returns whether it should be sent now */
  isOver(): boolean {
    this.listen();
    const { rate, statements } = this.recently;
    const ageMs = this.nowMs() - this.openedAtMs;
    if (statements.count >= this.limits.places) return ageMs >= this.limits.maxWaitMs;
    if (this.keys >= MAX_KEYS || ageMs >= LONGEST_MS) return true;
    if (statements.count > 0) return false;
    if (this.keys >= WANTED_KEYS) return true;
    if (statements.isResting) return false;
    return !rate.isFlash || ageMs >= FLASH_MS || this.quietLooks >= QUIET_LOOKS;
  }

  private listen(): void {
    this.quietLooks = this.keys === this.keysAtLastLook ? this.quietLooks + 1 : 0;
    this.keysAtLastLook = this.keys;
  }
}

const BATCH = { name: 'db.batch_load' };

/** How often a batch is looked at, in milliseconds. */
const LOOK_EVERY_MS = 2;
/** The least that a key waits while keys trickle, in milliseconds. */
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
    setTimeout(look, this.recently.rate.isFlash ? LOOK_EVERY_MS : FIRST_LOOK_MS);
  }

  private async loadBatch(keys: readonly string[]): Promise<(Row | undefined)[]> {
    const distinct = [...new Set(keys)];
    const rows = await this.spans.run(distinct, BATCH, () =>
      this.recently.statements.run(() => this.loadRows(distinct)),
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
