/** A flag that breaks its rule. Its message names the flag, the rule and what was given. */
export class FlagError extends Error {}

export function wholeNumberFlag(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new FlagError(
    `--${name} must be a whole number from ${min} to ${max}; it is ${JSON.stringify(text)}`,
  );
}

export function oneOfFlag(name: string, text: string, known: readonly string[]): string {
  if (known.includes(text)) return text;
  throw new FlagError(`--${name} must be one of ${known.join(', ')}; it is ${JSON.stringify(text)}`);
}
