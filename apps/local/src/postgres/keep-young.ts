import { lutimes, readdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * Marks all files below a folder as used now. Systems clean /var/tmp file by file, by age: of a cluster whose files
 * have different ages, they would take the older half away and leave a broken one.
 */
export async function keepYoung(folder: string): Promise<void> {
  const now = new Date();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.map(({ parentPath, name }) => path.join(parentPath, name));
  await Promise.all([folder, ...files].map((file) => lutimes(file, now, now)));
}
