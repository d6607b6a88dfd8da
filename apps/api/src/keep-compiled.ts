import { existsSync, mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Beside the compiled program: whoever may write here may write the program. */
const FOLDER = fileURLToPath(new URL('../../../.compile-cache', import.meta.url));

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Lets Node keep what it has compiled, so that the next process need not compile it again. It is written when a process
 * ends in order. Where the folder can not be made or is not safe, and on a read-only file system, the process only
 * starts as slowly as the first one. `NODE_COMPILE_CACHE` names another folder, `NODE_DISABLE_COMPILE_CACHE=1` none.
 *
 * @param folder default: one in `dist`
 * @returns whether what is kept there is used
 */
export function keepCompiled(folder = FOLDER): boolean {
  if (!isOurs(folder)) return false;
  enableCompileCache(folder);
  return true;
}

/** What lies there is run as code: nobody but this user and root may have put it there. */
function isOurs(folder: string): boolean {
  try {
    // Made here, and not with its parents by Node, which never ends where a parent can not be made (below /proc).
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    const found = statSync(folder);
    const isTrusted = found.uid === process.getuid?.() || found.uid === 0;
    return isTrusted && found.isDirectory() && (found.mode & WRITABLE_BY_OTHERS) === 0;
  } catch {
    return false;
  }
}
