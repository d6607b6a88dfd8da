/** A window of time, in milliseconds, and a number of keys within it. */
interface Threshold {
  readonly windowMs: number;
  readonly keys: number;
}

/** From there on, waiting for company pays. Below, one would wait long for a handful. */
const FLASH: Threshold = { windowMs: 100, keys: 200 };
/** A flash goes on for so long after it was seen, in milliseconds: readers who wait for their batches come no faster than these. */
const FLASH_LASTS_MS = 3_000;
/** Below, keys trickle: there is time for a statement of each. */
const STREAM: Threshold = { windowMs: 20, keys: 16 };

/** Counts arrivals in one window of time after the other. */
class Arrivals {
  private fromMs = Number.NEGATIVE_INFINITY;
  private before = 0;
  private now = 0;

  constructor(private readonly threshold: Threshold) {}

  count(nowMs: number): void {
    const { windowMs } = this.threshold;
    const sinceMs = nowMs - this.fromMs;
    if (sinceMs >= windowMs) {
      this.before = sinceMs < 2 * windowMs ? this.now : 0;
      this.now = 0;
      this.fromMs = nowMs;
    }
    this.now += 1;
  }

  /** Whether as many have come in this window. */
  get isReached(): boolean {
    return this.now >= this.threshold.keys;
  }

  /** The same, or in the one before. */
  get wasReached(): boolean {
    return this.isReached || this.before >= this.threshold.keys;
  }
}

/** How fast keys are missed: whether they trickle, or come in a flash, or neither. */
export class MissRate {
  private readonly flash = new Arrivals(FLASH);
  private readonly stream = new Arrivals(STREAM);
  private flashUntilMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs a clock, in milliseconds */
  constructor(private readonly nowMs: () => number) {}

  arrived(): void {
    const nowMs = this.nowMs();
    this.flash.count(nowMs);
    this.stream.count(nowMs);
    if (this.flash.isReached) this.flashUntilMs = nowMs + FLASH_LASTS_MS;
  }

  get isFlash(): boolean {
    return this.nowMs() < this.flashUntilMs;
  }

  get isTrickle(): boolean {
    return !this.stream.wasReached && !this.isFlash;
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
/** While keys trickle, so many statements at once: a slow Postgres gets no more of single keys. */
const TRICKLE_STATEMENTS = 2;
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
 * Decides when a batch of missed keys has gathered for long enough: while keys trickle, at the first look; otherwise, while a
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
    if (rate.isTrickle) return statements.count < TRICKLE_STATEMENTS;
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
