/** A worker that lived this long was well: its death is no sign that the next one will die too. */
const LONG_LIFE_MS = 10_000;
const FIRST_DELAY_MS = 200;
const LAST_DELAY_MS = 30_000;

/**
 * How long to wait before a dead worker is replaced. The first death costs nothing, since capacity is missing; one that
 * keeps dying soon after its start waits twice as long each time, so that what kills it is not asked all the time.
 */
export class BackOff {
  private deaths = 0;

  /** Workers in a row that died soon after their start. */
  get shortLives(): number {
    return this.deaths;
  }

  /**
   * @param livedMs how long the worker that died had lived, in milliseconds
   * @returns how long to wait, in milliseconds
   */
  delayAfterMs(livedMs: number): number {
    if (livedMs >= LONG_LIFE_MS) {
      this.deaths = 0;
      return 0;
    }
    this.deaths += 1;
    if (this.deaths === 1) return 0;
    return Math.min(FIRST_DELAY_MS * 2 ** (this.deaths - 2), LAST_DELAY_MS);
  }
}
