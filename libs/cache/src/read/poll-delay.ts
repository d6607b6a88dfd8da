const FIRST_MS = 2;
const LAST_MS = 40;

/**
 * How long to wait before asking again whether another one's load has arrived: soon at first, since most loads are
 * short, then rarer, and never in step with the other waiters.
 *
 * @param attempt 0 for the first wait
 * @param random a number from 0 to 1
 * @returns milliseconds
 */
export function pollDelayMs(attempt: number, random: () => number): number {
  const ceilingMs = Math.min(LAST_MS, FIRST_MS * 2 ** attempt);
  return ceilingMs * (0.5 + random() / 2);
}
