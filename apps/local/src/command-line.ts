// It ships with @hotshelf/create, and imports no other file.
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
  given: readonly string[],
  { options, words = false }: CommandSpec<O>,
): CommandLine<O> {
  const args = [...given];
  const known: Options = { ...options, help: { type: 'boolean', short: 'h' } };
  const { tokens } = parseArgs({ args, options: known, strict: false, tokens: true });
  const flags = tokens.filter((token) => token.kind === 'option');
  if (flags.some(({ name }) => name === 'help')) return { kind: 'help' };
  const unknown = flags.find(({ name }) => known[name] === undefined);
  if (unknown !== undefined) {
    const complaint = `${unknown.rawName} is no flag here; ${advice(unknown.name, Object.keys(known))}`;
    return { kind: 'refused', complaint };
  }
  // Of two values one would be ignored.
  const names = flags.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at && known[name]?.multiple !== true);
  if (twice !== undefined) return { kind: 'refused', complaint: `--${twice} must be given once.` };
  try {
    const read = parseArgs({ args, options, strict: true, allowPositionals: words });
    return { kind: 'run', values: read.values as Values<O>, words: read.positionals };
  } catch (error) {
    const [complaint = ''] = (error as Error).message.split('\n');
    return { kind: 'refused', complaint };
  }
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

function advice(given: string, names: readonly string[]): string {
  const nearest = closest(given, names);
  if (distance(given, nearest) <= Math.max(2, given.length / 3)) return `did you mean --${nearest}?`;
  return `known: ${names.map((name) => `--${name}`).join(', ')}.`;
}
