import { rename, rm } from 'node:fs/promises';

/** Removes a data folder: renamed first, so that one removed by half is never taken for a cluster. */
export async function removeData(data: string): Promise<void> {
  const doomed = `${data}.removed`;
  await rm(doomed, { recursive: true, force: true });
  await rename(data, doomed);
  await rm(doomed, { recursive: true, force: true });
}
