import type { Answered, KeyClass } from '../../support/steady-load.ts';

/** Answers of a status of less than 500 for a whole second: who was served then is served again. */
const HEALTHY_FOR_MS = 1_000;

/** `held 200×512, other 200×301 503×211` */
export function countsOf(answers: readonly Answered[]): string {
  const classes: readonly KeyClass[] = ['held', 'other'];
  return classes
    .map((keyClass) => {
      const statuses = answers.filter((each) => each.keyClass === keyClass).map(({ status }) => status);
      const counts = [...new Set(statuses)].sort().map((status) => {
        return `${status}×${statuses.filter((each) => each === status).length}`;
      });
      return `${keyClass} ${counts.join(' ')}`;
    })
    .join(', ');
}

/** @returns how long after `sinceMs` the first second began in which every request was answered well; null for never */
export function healthyAfterMs(answers: readonly Answered[], sinceMs: number): number | null {
  const later = answers.filter(({ askedAtMs }) => askedAtMs >= sinceMs);
  // They stand in the order in which they were answered.
  const last = Math.max(sinceMs, ...later.map(({ askedAtMs }) => askedAtMs));
  const bad = later.filter(({ status }) => status === 0 || status >= 500).map(({ askedAtMs }) => askedAtMs);
  const starts = [sinceMs, ...bad.sort((one, other) => one - other)];
  for (const [n, start] of starts.entries()) {
    const end = starts[n + 1] ?? last;
    if (end - start >= HEALTHY_FOR_MS) return Math.round(start - sinceMs);
  }
  return null;
}

export const slowestMs = (answers: readonly Answered[]): number =>
  Math.round(Math.max(0, ...answers.map(({ tookMs }) => tookMs)));
