import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

// Removes from a production tree of node_modules the files that only a developer reads: type declarations, source maps,
// TypeScript sources and manuals. They are more than half of it. Licences stay: the image distributes the code.
//
//   node prune-dependencies.mjs <node_modules>

const UNUSED =
  /(?:\.map|\.[cm]?ts|\.tsx|\.flow|\.markdown|\.md|\.editorconfig|\.gitattributes|\.npmignore)$/i;
const LICENCE = /licen[cs]e|copying|notice|copyright/i;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: node prune-dependencies.mjs <node_modules>\n');
  process.exit(2);
}

let [kept, removed] = [0, 0];
for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const { size } = await stat(path);
  if (UNUSED.test(entry.name) && !LICENCE.test(entry.name)) {
    await rm(path);
    removed += size;
  } else kept += size;
}
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
process.stdout.write(`${folder}: kept ${megabytes(kept)} MB, removed ${megabytes(removed)} MB\n`);
