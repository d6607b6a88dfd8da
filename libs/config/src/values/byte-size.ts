import { z } from 'zod';

const UNITS_BYTES = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;
const PATTERN = /^(\d+)(B|KiB|MiB|GiB)?$/;

/**
 * An amount of memory as text, in bytes: `64MiB`, `1GiB`; a bare number is bytes.
 *
 * @param min the least value, in bytes
 */
export function byteSize(min: number) {
  return z.string().transform((text, context) => {
    const [, amount, unit = 'B'] = PATTERN.exec(text) ?? [];
    const bytes = Number(amount) * UNITS_BYTES[unit as keyof typeof UNITS_BYTES];
    if (Number.isSafeInteger(bytes) && bytes >= min) return bytes;
    context.issues.push({ code: 'custom', message: 'not such a size', input: text });
    return z.NEVER;
  });
}
