import type { CacheConfig } from '#libs/config';

/**
 * How long a new entry is fresh, in milliseconds. Present entries get a random extra each: entries that were
 * loaded together, at a deploy or a flash, must not end together.
 *
 * @param random a number from 0 to 1; default `Math.random`
 */
export function freshForMs(
  state: 'present' | 'absent',
  config: Pick<CacheConfig, 'freshMs' | 'freshJitterMs' | 'absentMs'>,
  random: () => number = Math.random,
): number {
  return state === 'absent' ? config.absentMs : config.freshMs + random() * config.freshJitterMs;
}
