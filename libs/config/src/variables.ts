import { readFileSync, statSync } from 'node:fs';
import { closest, distance } from 'fastest-levenshtein';
import type { ZodType } from 'zod';

/** Many programs read a variable of this name, so it is not a misspelt setting of this service. */
const FOREIGN: ReadonlySet<string> = new Set(['API_KEY']);

/**
 * Finds variables that are not settings but are spelt almost like one. If they were ignored, the service would run with a
 * default that its operator meant to change.
 *
 * Platforms set variables under the same prefixes (`REDIS_PORT_6379_TCP`, `HTTP_PROXY`). Their names are far from every
 * setting, so they pass. A name close to a setting that is also set passes too (`REDIS_URI` beside `REDIS_URL`). Two names
 * that differ only in case and underscores are always reported.
 */
function nearMisses(
  known: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { readonly name: string; readonly message: string }[] {
  const settings = new Set(known);
  const byLetters = new Map(known.map((name) => [lettersOf(name), name]));
  const meant = (name: string) => {
    const same = byLetters.get(lettersOf(name));
    if (same !== undefined) return same;
    const near = nearestOf(name, known);
    return near === undefined || environment[near] !== undefined ? undefined : near;
  };
  return Object.keys(environment).flatMap((name) => {
    if (settings.has(name) || FOREIGN.has(name) || environment[name] === undefined) return [];
    const setting = meant(name);
    return setting === undefined
      ? []
      : { name, message: `${name} is not a setting; did you mean ${setting}?` };
  });
}

function lettersOf(name: string): string {
  return name.replaceAll('_', '').toUpperCase();
}

/** The nearest setting. A short name must be closer than a long one. */
function nearestOf(name: string, known: readonly string[]): string | undefined {
  const prefix = name.slice(0, name.indexOf('_') + 1);
  if (prefix === '') return undefined;
  const nearest = closest(name, known);
  const misspelt = nearest.startsWith(prefix) ? nearest.length - prefix.length : nearest.length / 2;
  return nearest.includes('_') && distance(name, nearest) <= (misspelt > 4 ? 2 : 1) ? nearest : undefined;
}

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

/**
 * A part of the configuration.
 *
 * @param token the class that stands for it where it is injected
 * @param read what it makes of the values of its variables
 */
export const slice = <T, V extends Variables>(
  token: abstract new () => T,
  variables: V,
  read: (values: ValuesOf<V>) => NoInfer<T>,
) => ({ token, variables, read });

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

/** Far more than any secret, and far less than a log or a disk that a slip of the hand names. */
const MAX_BYTES = 65_536;

/** The variable that names the file with the value of another one. */
function fileVariableOf(name: string): string {
  return `${name}_FILE`;
}

/** Secrets that were read from files. */
interface SecretFiles {
  /** The environment with the secrets in it, and without the names of their files. */
  readonly environment: Environment;
  /** The file of each variable that was read from one. */
  readonly files: ReadonlyMap<string, string>;
  readonly broken: readonly { readonly name: string; readonly message: string }[];
}

/**
 * Reads the files that `<NAME>_FILE` names for secret variables, as container platforms mount secrets. An empty variable counts
 * as one that is not set: Compose files set variables to the empty text.
 *
 * @param secrets the names of the variables with secret values
 */
export function readSecretFiles(secrets: readonly string[], environment: Environment): SecretFiles {
  const read: Record<string, string | undefined> = { ...environment };
  const files = new Map<string, string>();
  const broken: { name: string; message: string }[] = [];
  for (const name of secrets) {
    const fileVariable = fileVariableOf(name);
    const file = read[fileVariable];
    delete read[fileVariable];
    if (file === undefined || file === '') continue;
    if (read[name]) {
      broken.push({ name, message: `${name} and ${fileVariable} are both set; set one of them.` });
      continue;
    }
    const found = textOf(file);
    if ('text' in found) {
      read[name] = found.text;
      files.set(name, file);
    } else {
      const message = `${fileVariable} must name a file that holds the value of ${name}; ${file} ${found.fault}.`;
      broken.push({ name, message });
    }
  }
  return { environment: read, files, broken };
}

/** The content without line ends after it, which editors and `echo` add. */
function textOf(file: string): { readonly text: string } | { readonly fault: string } {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return { fault: 'is not a regular file' };
    if (stats.size > MAX_BYTES) return { fault: `is larger than ${MAX_BYTES / 1_024} KiB` };
    const text = withoutLineEnds(readFileSync(file, 'utf8'));
    return text === '' ? { fault: 'is empty' } : { text };
  } catch (error) {
    return { fault: `cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}

function withoutLineEnds(text: string): string {
  let end = text.length;
  while (end > 0 && '\r\n'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
