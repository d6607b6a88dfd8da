import { KEY_HELP, readKeyFlags } from '../key/key-flags.js';
import { makeKey } from '../key/make-key.js';
import { complain, say } from '../output/terminal.js';

const DAY_MS = 86_400_000;

/** `npm run key`: makes a key for a writer. */
export async function keyCommand(args: readonly string[]): Promise<number> {
  const flags = readKeyFlags(args);
  switch (flags.kind) {
    case 'help':
      say(KEY_HELP);
      return 0;
    case 'invalid':
      complain(flags.complaint);
      return 1;
    case 'make':
      show(flags.id, flags.days);
      return 0;
  }
}

function show(id: string, days: number | null): void {
  const { key, entry } = makeKey(id, days === null ? undefined : new Date(Date.now() + days * DAY_MS));
  say(`The key, shown this once:

  ${key}

Its entry for API_KEYS, after a comma where there are others:

  ${entry}`);
}
