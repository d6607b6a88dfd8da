import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ServerCommand } from '../server-command.js';

/**
 * How to run the redis-server of packages that were unpacked below `root`: by their own loader with their own
 * libraries, since this machine's may be older. The loader passes `redis-server` on as the program's name, by which
 * the one binary of the packages knows what it is to be.
 *
 * @returns undefined where no server, or no loader, is there
 */
export async function unpackedServer(root: string): Promise<ServerCommand | undefined> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const pathOf = (entry: Dirent) => path.join(entry.parentPath, entry.name);
  // Links of the same name may be absolute, and so lead to this machine's own loader.
  const loader = entries.find(
    (entry) => entry.isFile() && /^ld(?:-linux|64)?[^/]*\.so\.\d+$/.test(entry.name),
  );
  const server = entries.find((entry) => entry.name === 'redis-server' && entry.parentPath.endsWith('/bin'));
  if (loader === undefined || server === undefined) return undefined;
  const libraries = entries.filter(({ name }) => /^lib.*\.so(?:\.\d+)+$/.test(name));
  const folders = [...new Set(libraries.map(({ parentPath }) => parentPath))].join(':');
  const args = ['--library-path', folders, '--argv0', 'redis-server', pathOf(server)];
  return { command: pathOf(loader), args };
}
