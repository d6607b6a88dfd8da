/** The time of the calendar: what an expiry date is compared with. Elapsed time is measured elsewhere. */
export abstract class WallClock {
  /** Unix milliseconds. */
  abstract nowMs(): number;
}

export class SystemWallClock extends WallClock {
  nowMs(): number {
    return Date.now();
  }
}
