import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from '#src/apps/local/src/debian-packages';

const CACHE = join(import.meta.dirname, '../../.hotshelf');

export interface PackagesWanted {
  /** The name of the folder below .hotshelf/. */
  readonly name: string;
  readonly packages: readonly string[];
  /** The Debian release to take them from. */
  readonly suite: string;
  /** Debian's name of an architecture; default: this machine's. */
  readonly architecture?: string;
  /** Fetches the dependencies as well whose names match. */
  readonly dependencies?: RegExp;
}

/**
 * Unpacks Debian packages below .hotshelf/, without installing anything. They are fetched once; later calls find them.
 *
 * @returns the folder that holds their files
 * @throws PackagesUnavailable if apt cannot fetch them; the message says why
 */
export async function unpackedPackages({ name, ...wanted }: PackagesWanted): Promise<string> {
  const folder = join(CACHE, `${name}-${wanted.suite}-${wanted.architecture ?? process.arch}`);
  if (!existsSync(folder)) await unpackDebianPackages(folder, wanted);
  return folder;
}
