/** A second of these rules stands for a minute of the real ones. */
const SHORTER = 60;
/** A rate needs two scrapes in its window, also if one fails. */
const LEAST_WINDOW_SECONDS = 4;
/** Three scrapes: one that fails or is late is no outage. In half a minute of the real rules there are six. */
const LEAST_PATIENCE_SECONDS = 3;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

const shortened = (amount: string, unit: string, leastSeconds: number) =>
  `${Math.max(leastSeconds, Math.round((Number(amount) * (SECONDS[unit] ?? 1)) / SHORTER))}s`;

/**
 * Rules with windows and patience that a run has time for; thresholds and expressions are as they were.
 *
 * @param rules the text of a file of rules
 */
export function shortenedRules(rules: string): string {
  return (
    rules
      // Windows of days are evaluated rarely.
      .replaceAll(/^ +interval: .*$/gm, '')
      .replaceAll(
        /\[(\d+)([smhd])\]/g,
        (_, amount, unit) => `[${shortened(amount, unit, LEAST_WINDOW_SECONDS)}]`,
      )
      .replaceAll(
        /^( +for: )(\d+)([smhd])$/gm,
        (_, before, amount, unit) => before + shortened(amount, unit, LEAST_PATIENCE_SECONDS),
      )
  );
}
