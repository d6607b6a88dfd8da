import type { Conditions } from './conditions.ts';

/** The load of the last minute, in processors, above which a machine is not quiet. */
export const QUIET_LOAD = 0.5;

export const isNoisy = ({ loadBefore }: Pick<Conditions, 'loadBefore'>): boolean => loadBefore > QUIET_LOAD;

/** @returns lines that stand out, before a run and after it; undefined on a quiet machine */
export function noisyBanner(conditions: Pick<Conditions, 'loadBefore'>): string | undefined {
  if (!isNoisy(conditions)) return undefined;
  const text = `NOISY: the machine had a load of ${conditions.loadBefore.toFixed(1)} before the run (quiet: up to ${QUIET_LOAD}). These figures are those of its other work too.`;
  const line = '='.repeat(text.length);
  return `${line}\n${text}\n${line}`;
}
