import { type BrokenVariable, ConfigError } from './config-error.js';
import type { ValuesOf, Variable, Variables } from './variable.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every variable of a set and reports all that are wrong at once: an operator mends a broken
 * environment in one go, not one restart at a time.
 *
 * @throws ConfigError naming each variable, its rule and its default
 */
export function readVariables<V extends Variables>(variables: V, environment: Environment): ValuesOf<V> {
  const values: Record<string, unknown> = {};
  const broken: BrokenVariable[] = [];
  for (const [name, definition] of Object.entries(variables)) {
    const text = environment[name] ?? definition.fallback;
    const parsed = text === null ? undefined : definition.schema.safeParse(text);
    if (parsed?.success) values[name] = parsed.data;
    else broken.push({ name, message: complaint(name, definition, text) });
  }
  if (broken.length > 0) throw new ConfigError(broken);
  return values as ValuesOf<V>;
}

function complaint(name: string, { rule, fallback, secret }: Variable<unknown>, text: string | null): string {
  const found =
    text === null ? 'it is not set' : secret ? 'its value is another' : `it is ${JSON.stringify(text)}`;
  const otherwise =
    fallback === null ? 'It has no default.' : `Default: ${fallback === '' ? 'empty' : fallback}.`;
  return `${name} must be ${rule}; ${found}. ${otherwise}`;
}
