import { ran } from './ran.ts';

/** k6's check(): each rule is counted under its name. */
export function check(value: unknown, rules: Record<string, (value: unknown) => boolean>): boolean {
  const results = Object.entries(rules).map(([name, rule]) => {
    const ok = rule(value);
    ran.checks.push({ name, ok });
    return ok;
  });
  return results.every(Boolean);
}

export function sleep(): void {
  // Tests wait for nothing.
}
