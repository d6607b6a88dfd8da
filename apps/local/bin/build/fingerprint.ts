import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

// Everything that the compiled code depends on.
const FOLDERS = ['apps', 'libs'];
const FILES = ['tsconfig.json', 'nest-cli.json', '.swcrc', 'package-lock.json'];

/**
 * A hash over names and contents: times of change mean nothing after a checkout, and a file that was deleted or
 * renamed must count too.
 *
 * @param root the project's folder
 */
export function fingerprint(root: string): string {
  const hash = createHash('sha256');
  for (const file of [...FILES, ...FOLDERS.flatMap((folder) => filesIn(root, folder))]) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
