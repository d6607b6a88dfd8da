// npm run build
import { ensureBuilt } from './build/ensure-built.ts';

process.exit((await ensureBuilt()) ? 0 : 1);
