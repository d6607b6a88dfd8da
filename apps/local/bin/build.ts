// npm run build
import { ensureBuilt } from './build/ensure-built.ts';
import { hangUpWithNpm } from './hang-up-with-npm.ts';

hangUpWithNpm();
process.exit((await ensureBuilt()) ? 0 : 1);
