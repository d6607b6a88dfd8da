import { z } from 'zod';

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;

/**
 * A length of time as text, in milliseconds: `250ms`, `1.5s`, `5m`, `1h`; a bare number is seconds.
 *
 * @param min the least value, in milliseconds
 * @param max the greatest value, in milliseconds
 */
export function durationMs(min: number, max: number) {
  return z.string().transform((text, context) => {
    const [, amount, unit = 's'] = PATTERN.exec(text) ?? [];
    const ms = Math.round(Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]);
    if (ms >= min && ms <= max) return ms;
    context.issues.push({ code: 'custom', message: 'not such a duration', input: text });
    return z.NEVER;
  });
}
