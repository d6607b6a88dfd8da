import { type ParseArgsConfig, parseArgs } from 'node:util';
import { closest, distance } from 'fastest-levenshtein';

export type Options = NonNullable<ParseArgsConfig['options']>;

/** Arguments of a command. `--help` and `-h` are added. */
export interface CommandSpec<O extends Options> {
  /** The text of `--help`. */
  readonly usage: string;
  /** As in `util.parseArgs`. A flag without `multiple` may be given once. */
  readonly options: O;
  /** Whether words that belong to no flag are taken; default false. */
  readonly words?: boolean;
}

/** The values of the flags. */
export type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O; strict: true }>>['values'];

export type CommandLine<O extends Options> =
  | { readonly kind: 'run'; readonly values: Values<O>; readonly words: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly complaint: string };

/** The exit code of a command that was called in a way it does not know; 1 is left to work that failed. */
export const USAGE_ERROR = 2;

/**
 * Reads the arguments of a command. An unknown flag is refused with the nearest known one: ignored, it would run the
 * command with settings that its caller did not ask for.
 */
export function readCommandLine<const O extends Options>(
  args: readonly string[],
  { options, words: takesWords = false }: CommandSpec<O>,
): CommandLine<O> {
  const known: Options = { ...options, help: { type: 'boolean', short: 'h' } };
  const { tokens } = parseArgs({ args: [...args], options: known, strict: false, tokens: true });
  if (tokens.some((token) => token.kind === 'option' && token.name === 'help')) return { kind: 'help' };
  const seen = new Set<string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = known[token.name];
    if (option === undefined)
      return refused(`${token.rawName} is no flag here; ${advice(token.name, known)}`);
    if (option.type === 'boolean' && token.value !== undefined) {
      return refused(`--${token.name} takes no value; it is ${JSON.stringify(token.value)}.`);
    }
    if (option.type === 'string' && (token.value === undefined || isNextFlag(token))) {
      return refused(`--${token.name} needs a value; ${token.value ?? 'nothing'} follows it.`);
    }
    if (seen.has(token.name) && option.multiple !== true) {
      return refused(`--${token.name} must be given once.`);
    }
    seen.add(token.name);
  }
  if (words.length > 0 && !takesWords) {
    return refused(`${JSON.stringify(words[0])} belongs to no flag; ${advice(words[0] ?? '', known)}`);
  }
  const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  return { kind: 'run', values: values as Values<O>, words };
}

/** The first step of an entry: prints the usage or the error and ends the process, or returns the arguments. */
export function commandLine<const O extends Options>(
  spec: CommandSpec<O>,
  args: readonly string[] = process.argv.slice(2),
): Extract<CommandLine<O>, { kind: 'run' }> {
  const line = readCommandLine(args, spec);
  if (line.kind === 'help') {
    process.stdout.write(`${spec.usage.trim()}\n`);
    process.exit(0);
  }
  if (line.kind === 'refused') {
    process.stderr.write(`${line.complaint}\n`);
    process.exit(USAGE_ERROR);
  }
  return line;
}

function refused(complaint: string): { readonly kind: 'refused'; readonly complaint: string } {
  return { kind: 'refused', complaint };
}

function isNextFlag({
  value,
  inlineValue,
}: {
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}): boolean {
  return inlineValue === false && value !== undefined && /^--?[a-z]/i.test(value);
}

function advice(given: string, known: Options): string {
  const names = Object.keys(known);
  const nearest = closest(given, names);
  if (distance(given, nearest) <= Math.max(2, given.length / 3)) return `did you mean --${nearest}?`;
  return `known: ${names.map((name) => `--${name}`).join(', ')}.`;
}
