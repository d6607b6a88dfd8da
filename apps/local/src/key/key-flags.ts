import { parseArgs } from 'node:util';

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_DAYS = 3_650;

export const KEY_HELP = `npm run key -- --id NAME [--days N]

Makes a key that may write, shows it once, and the entry for API_KEYS that lets it in. The entry holds the key's hash:
the key itself is kept nowhere.

  --id NAME   names the key in logs and rate limits: 1 to 64 letters, digits, dots, underscores or hyphens
  --days N    how long it holds: 1 to ${MAX_DAYS} days; without it, until its entry is removed
  --help      this text`;

export type KeyFlags =
  | { kind: 'make'; id: string; days: number | null }
  | { kind: 'help' }
  | { kind: 'invalid'; complaint: string };

/** @param args what follows the command's name */
export function readKeyFlags(args: readonly string[]): KeyFlags {
  const { tokens } = parseArgs({
    args: [...args],
    options: { id: { type: 'string' }, days: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') return unknown(token.value);
    if (token.name === 'help') return { kind: 'help' };
    if (token.name !== 'id' && token.name !== 'days') return unknown(token.rawName);
    if (given.has(token.name)) return invalid(`--${token.name} must be given once.`);
    given.set(token.name, token.value);
  }
  return keyOf(given);
}

function keyOf(given: ReadonlyMap<string, string | undefined>): KeyFlags {
  const id = given.get('id');
  if (id === undefined || !ID.test(id))
    return invalid(
      `--id must be 1 to 64 letters, digits, dots, underscores or hyphens, a letter or digit first; ${found(given, 'id')}.`,
    );
  if (!given.has('days')) return { kind: 'make', id, days: null };
  const text = given.get('days') ?? '';
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MAX_DAYS) return { kind: 'make', id, days };
  return invalid(`--days must be a whole number from 1 to ${MAX_DAYS}; ${found(given, 'days')}.`);
}

function found(given: ReadonlyMap<string, string | undefined>, name: string): string {
  const text = given.get(name);
  if (!given.has(name)) return 'it is not given';
  return text === undefined ? 'nothing follows it' : `it is ${JSON.stringify(text)}`;
}

function unknown(argument: string): KeyFlags {
  return invalid(`${argument}: no such flag. Known are --id NAME, --days N and --help.`);
}

function invalid(complaint: string): KeyFlags {
  return { kind: 'invalid', complaint };
}
