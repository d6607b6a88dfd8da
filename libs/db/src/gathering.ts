/** So many keys within a window are no trickle, until so long after the last of them: both times in milliseconds. */
const STREAM = { windowMs: 20, keys: 20, lastsMs: 500 };

/** How fast keys are missed, counted in one window of time after the other. */
export class MissRate {
  private countFromMs = Number.NEGATIVE_INFINITY;
  private arrivals = 0;
  private streamUntilMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs a clock, in milliseconds */
  constructor(private readonly nowMs: () => number) {}

  arrived(): void {
    const nowMs = this.nowMs();
    if (nowMs - this.countFromMs >= STREAM.windowMs) {
      this.arrivals = 0;
      this.countFromMs = nowMs;
    }
    this.arrivals += 1;
    if (this.arrivals >= STREAM.keys) this.streamUntilMs = nowMs + STREAM.lastsMs;
  }

  /** Readers who were answered together ask again together: between two of their bursts it is quiet, and no trickle. */
  get isTrickle(): boolean {
    return this.nowMs() >= this.streamUntilMs;
  }
}

/** The weight of the last statement in the average: one fast statement in a busy time says little. */
const WEIGHT_OF_LAST = 0.3;
/** The largest of the recent statements counts for less with each one after it, so that a stream that slows waits for fewer keys. */
const FADE = 0.8;
/** Readers who have not asked again by then, in milliseconds, are not about to. */
const RETURN_WITHIN_MS = 100;

/** The statements of one kind that are under way, and how long they usually take these days. */
export class RunningStatements {
  private running = 0;
  private keysUnderWay = 0;
  private usualMs: number | undefined;
  private lastEndedAtMs = Number.NEGATIVE_INFINITY;
  private largest = 0;

  /** @param nowMs a clock, in milliseconds */
  constructor(private readonly nowMs: () => number) {}

  get count(): number {
    return this.running;
  }

  /** The keys that they load. */
  get keys(): number {
    return this.keysUnderWay;
  }

  /** The keys of the largest one of late. Those who waited for them were answered together, and may ask again together. */
  get cohort(): number {
    return this.nowMs() - this.lastEndedAtMs < RETURN_WITHIN_MS ? this.largest : 0;
  }

  /**
   * Whether the last one ended a shorter time ago than they usually take. A process that rests that long between two is busy
   * with them for half of the time at most: if statements are slow, at whichever end, they get fewer.
   */
  get isResting(): boolean {
    return this.nowMs() - this.lastEndedAtMs < (this.usualMs ?? 0);
  }

  /**
   * @param keys how many it loads
   * @throws what `statement` throws
   */
  async run<T>(keys: number, statement: () => Promise<T>): Promise<T> {
    const startedAtMs = this.nowMs();
    this.running += 1;
    this.keysUnderWay += keys;
    this.largest = Math.max(keys, FADE * this.cohort);
    try {
      return await statement();
    } finally {
      this.running -= 1;
      this.keysUnderWay -= keys;
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
/** If more keys are waited for than these, Postgres or this process is slow: at whichever rate they come, they do not trickle. */
const TRICKLE_WAITING = 4;
/** So much of a cohort is worth sending. With the whole of it as the mark, each batch would have to be as large as the one before. */
const RETURNED = 0.9;
/** After this many looks without a new key a batch is sent: the callers may be waiting for this very one. */
const QUIET_LOOKS = 5;
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
 * statement is under way, when it has ended, as databases gather commits while one is being written, and when those who were
 * answered together have asked again. The busier the way to Postgres, the fewer and larger its statements get.
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

  /** Whether keys come so slowly, and are loaded so fast, that there is time for a statement of each. */
  get isTrickle(): boolean {
    const { rate, statements } = this.recently;
    return rate.isTrickle && statements.keys + this.keys <= TRICKLE_WAITING;
  }

  /** A look at the batch. @returns whether it should be sent now */
  isOver(): boolean {
    this.listen();
    const { statements } = this.recently;
    const ageMs = this.nowMs() - this.openedAtMs;
    if (statements.count >= this.limits.places) return ageMs >= this.limits.maxWaitMs;
    if (this.keys >= MAX_KEYS || ageMs >= LONGEST_MS) return true;
    if (this.isTrickle) return statements.count < TRICKLE_STATEMENTS;
    if (statements.count > 0) return false;
    if (this.keys >= WANTED_KEYS) return true;
    if (statements.isResting) return false;
    return this.keys >= RETURNED * statements.cohort || this.quietLooks >= QUIET_LOOKS;
  }

  private listen(): void {
    this.quietLooks = this.keys === this.keysAtLastLook ? this.quietLooks + 1 : 0;
    this.keysAtLastLook = this.keys;
  }
}
