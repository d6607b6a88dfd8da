import type { ZodType } from 'zod';
import { nearMisses } from './near-misses.js';
import { fileVariableOf, readSecretFiles } from './secret-files.js';

/** One environment variable: how its text becomes a value, and its documentation. */
export interface Variable<T> {
  readonly schema: ZodType<T, string>;
  /** The rule in words, shown in errors and in docs/settings.md. */
  readonly rule: string;
  /** The text used when the variable is absent; `null` if the variable is required. */
  readonly fallback: string | null;
  readonly about: string;
  /** If true, the value is never printed, not even in an error. */
  readonly secret: boolean;
}

type VariableInput<T> = Omit<Variable<T>, 'secret'> & { readonly secret?: boolean };

export function variable<T>(input: VariableInput<T>): Variable<T> {
  return { secret: false, ...input };
}

/** Variables of one slice, by their names in the environment. */
export type Variables = Readonly<Record<string, Variable<unknown>>>;

/** The values that a set of variables yields. */
export type ValuesOf<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

/** One variable whose text breaks its rule. */
export interface BrokenVariable {
  readonly name: string;
  readonly message: string;
}

/** The service cannot start with this environment. The message has one line per invalid variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';

  constructor(readonly broken: readonly BrokenVariable[]) {
    super(broken.map(({ message }) => message).join('\n'));
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every variable of a set. All errors are reported at once, so that an operator needs one restart and not one per
 * error.
 *
 * @throws ConfigError that names each invalid variable with its rule and default, and each near miss with its setting
 */
export function readVariables<V extends Variables>(variables: V, given: Environment): ValuesOf<V> {
  const values: Record<string, unknown> = {};
  const secrets = secretsAmong(variables);
  const { environment, files, broken: brokenFiles } = readSecretFiles(secrets, given);
  const names = [...Object.keys(variables), ...secrets.map(fileVariableOf)];
  const broken: BrokenVariable[] = [...nearMisses(names, given), ...brokenFiles];
  const reported = new Set(brokenFiles.map(({ name }) => name));
  for (const [name, definition] of Object.entries(variables)) {
    if (reported.has(name)) continue;
    const text = environment[name] ?? definition.fallback;
    const parsed = text === null ? undefined : definition.schema.safeParse(text);
    if (parsed?.success) values[name] = parsed.data;
    else broken.push({ name, message: complaint(name, definition, text, files.get(name)) });
  }
  if (broken.length > 0) throw new ConfigError(broken);
  return values as ValuesOf<V>;
}

/** The names of the variables whose values are never printed. */
export function secretsAmong(variables: Variables): string[] {
  return Object.entries(variables).flatMap(([name, { secret }]) => (secret ? name : []));
}

/** @param file the file that the text was read from; undefined if it is that of the variable itself */
function complaint(
  name: string,
  { rule, fallback, secret }: Variable<unknown>,
  text: string | null,
  file: string | undefined,
): string {
  const found =
    text === null
      ? 'it is not set'
      : secret
        ? `its value (not shown)${file === undefined ? '' : `, from ${file},`} does not match`
        : `it is ${JSON.stringify(text)}`;
  const otherwise =
    fallback === null ? 'It has no default.' : `Default: ${fallback === '' ? 'empty' : fallback}.`;
  return `${name} must be ${rule}; ${found}. ${otherwise}`;
}
