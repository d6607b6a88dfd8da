import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Execution, execute } from '../exec.js';
import { runtimeClosure } from './closure.js';
import { makePrivateApt } from './private-apt.js';
import type { SourceStanza } from './sources.js';

const PACKAGE = 'redis-server';
const UNPACK_TIMEOUT_MS = 30_000;

/** The distribution's package can't be had on this machine; the message says why in one line. */
export class PackageUnavailable extends Error {}

/**
 * Fetches redis-server and the libraries it needs, and unpacks them.
 *
 * @param folder where to: empty, and removed by the caller where this fails
 * @param sources apt's, in the order that apt is to prefer
 * @throws PackageUnavailable where apt can't get them
 */
export async function fetchRedisPackage(folder: string, sources: readonly SourceStanza[]): Promise<void> {
  // Within the folder, so that whoever clears a half-made one clears this as well.
  const scratch = path.join(folder, 'scratch');
  for (const file of await download(scratch, sources)) {
    outputOf(await execute('dpkg-deb', ['--extract', file, folder], { timeoutMs: UNPACK_TIMEOUT_MS }));
  }
  await rm(scratch, { recursive: true });
  await chmod(folder, 0o755);
}

async function download(scratch: string, sources: readonly SourceStanza[]): Promise<string[]> {
  const packages = path.join(scratch, 'packages');
  await mkdir(packages, { recursive: true });
  const apt = await makePrivateApt(scratch, sources);
  const update = await apt.update();
  const depends = await apt.query(['depends', '--recurse', '--no-recommends', '--no-suggests', PACKAGE]);
  const closure = depends.kind === 'ok' ? runtimeClosure(depends.stdout, PACKAGE) : [];
  if (closure.length === 0) {
    // One source of many may fail without harm; where the package is missing, that failure is the reason.
    outputOf(update);
    throw new PackageUnavailable(`apt: its sources have no ${PACKAGE}`);
  }
  outputOf(await apt.download(closure, packages));
  return (await readdir(packages)).map((name) => path.join(packages, name));
}

function outputOf(execution: Execution): string {
  if (execution.kind === 'failed') throw new PackageUnavailable(execution.reason);
  return execution.stdout;
}
