// node apps/local/bin/run.ts dist/apps/….js [its arguments]: builds what is out of date, then runs that entry.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { complain } from '../src/output/terminal.ts';
import { ensureBuilt, ROOT } from './build/ensure-built.ts';
import { hangUpWithNpm } from './hang-up-with-npm.ts';

const [node = process.execPath, , entry, ...args] = process.argv;

if (entry === undefined) {
  complain('Which entry? node apps/local/bin/run.ts dist/apps/….js [its arguments]');
  process.exit(1);
}
hangUpWithNpm();
if (!(await ensureBuilt())) process.exit(1);

// The entry finds the arguments where it would, had it been started by itself.
const file = resolve(ROOT, entry);
process.argv = [node, file, ...args];
await import(pathToFileURL(file).href);
