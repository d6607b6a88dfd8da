import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';

/** The folder of the project: the nearest one above this code that has a package.json. */
export function projectRoot(): string {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) throw new Error(`no package.json above ${import.meta.filename}`);
  return dirname(file);
}
