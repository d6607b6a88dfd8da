import type { EntryTimes } from './entry.js';

/** How eager refreshes are; 1 is optimal for loads of an exponential length (Vattani et al. 2015, §4). */
const BETA = 1;

/**
 * Whether a fresh entry should be refreshed already (XFetch: Vattani, Chierichetti, Lowenstein, "Optimal
 * probabilistic cache stampede prevention", VLDB 2015). Each reader draws; the closer the end, the likelier, in
 * the scale of the time that a load takes. So a key that is read all the time is renewed before it ends, by one
 * reader, and a key that nobody reads is not.
 *
 * @param random a number in (0, 1]
 */
export function shouldRefreshEarly(entry: EntryTimes, nowMs: number, random: () => number): boolean {
  return nowMs - entry.loadMs * BETA * Math.log(random()) >= entry.freshUntilMs;
}
