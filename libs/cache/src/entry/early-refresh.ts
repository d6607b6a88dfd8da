import type { EntryTimes } from './entry.js';

/** How eager refreshes are; 1 is optimal for loads of an exponential length (Vattani et al. 2015, §4). */
const BETA = 1;

/** What the least number that can be drawn makes of a load's length: no draw reaches further ahead. */
const FURTHEST = -Math.log(2 ** -53);

/** Whether a draw could come out for a refresh, or the entry is past its fresh time already. */
export function mayRefreshEarly({ loadMs, freshUntilMs }: EntryTimes, nowMs: number): boolean {
  return nowMs + loadMs * BETA * FURTHEST >= freshUntilMs;
}

/**
 * Whether a fresh entry should be refreshed already (XFetch: Vattani, Chierichetti, Lowenstein, "Optimal
 * probabilistic cache stampede prevention", VLDB 2015). Each reader draws; the closer the end, the likelier, in
 * the scale of the time that a load takes. So a key that is read all the time is renewed before it ends, by one
 * reader, and a key that nobody reads is not.
 *
 * @param random a number in [2^-53, 1], as 1 - Math.random() is
 */
export function shouldRefreshEarly(entry: EntryTimes, nowMs: number, random: () => number): boolean {
  // Most reads are far from the end, and a logarithm costs more than they do.
  if (!mayRefreshEarly(entry, nowMs)) return false;
  return nowMs - entry.loadMs * BETA * Math.log(random()) >= entry.freshUntilMs;
}
