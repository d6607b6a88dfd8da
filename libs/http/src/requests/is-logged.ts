import type { LogConfig } from '#libs/config';

/** What of an answer decides whether it is logged. */
export interface Loggable {
  readonly status: number;
  readonly ms: number;
}

/**
 * Whether an answer gets a line: every error of ours and every slow answer, and of the rest a share at random.
 *
 * @param random a number in [0, 1)
 */
export function isLogged(
  { status, ms }: Loggable,
  { slowMs, sampleRate }: LogConfig,
  random: () => number,
): boolean {
  return status >= 500 || ms >= slowMs || random() < sampleRate;
}
