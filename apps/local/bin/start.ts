// npm start
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ROOT } from './build/ensure-built.ts';
import { hangUpWithNpm } from './hang-up-with-npm.ts';

hangUpWithNpm();
if (!(await ensureBuilt())) process.exit(1);
await import(pathToFileURL(join(ROOT, 'dist', 'apps', 'local', 'src', 'main.js')).href);
