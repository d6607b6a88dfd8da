import type { MissRate } from './miss-rate.js';
import type { RunningStatements } from './running-statements.js';

/** A statement for more keys than this takes long enough to hold the others up. */
export const MAX_KEYS = 500;
/** A statement for this many keys is worth its round trip, and costs little more than one for a few. */
const WANTED_KEYS = 100;
/** In a flash, the longest that a key waits for company alone, in milliseconds. */
const FLASH_MS = 40;
/** So many looks without a new key say that the flash holds its breath: those who ask may be waiting for this answer. */
const QUIET_LOOKS = 10;
/** The longest that a key waits while there is a place, in milliseconds. */
const LONGEST_MS = 100;

export interface GatheringLimits {
  /** Statements at once, at most. */
  readonly places: number;
  /** How long a batch waits until one of them ends before it asks for a place all the same, in milliseconds. */
  readonly maxWaitMs: number;
}

/** What the loader of a batch has seen lately. */
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
