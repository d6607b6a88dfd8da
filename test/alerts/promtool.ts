import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { completeFolder } from '#src/apps/local/src/complete-folder';
import { makePrivateApt } from '#src/apps/local/src/redis/apt/private-apt';
import { machineSources } from '#src/apps/local/src/redis/apt/sources';
import { type Execution, execute } from '#src/apps/local/src/redis/exec';

/** The distribution's package that has it, and runs on this machine as it is. */
const PACKAGE = 'prometheus';
const UNPACK_TIMEOUT_MS = 60_000;

/**
 * The checker of Prometheus's own: one on the PATH, else that of the distribution's package, unpacked without touching
 * the system.
 *
 * @param cache the folder below which it is kept once it was fetched
 * @returns the command
 * @throws Error where neither can be had
 */
export async function findPromtool(cache: string): Promise<string> {
  if (await runs('promtool')) return 'promtool';
  const folder = join(cache, `${PACKAGE}-package-${process.platform}-${process.arch}`);
  const command = join(folder, 'usr/bin/promtool');
  if (await runs(command)) return command;
  await mkdir(cache, { recursive: true });
  // Half of it was deleted, say: it would be in the way of a whole one.
  await rm(folder, { recursive: true, force: true });
  await completeFolder(folder, unpackInto);
  if (await runs(command)) return command;
  throw new Error(`no promtool: not on the PATH, and that of the package ${PACKAGE} does not run here`);
}

const runs = async (command: string) =>
  (await execute(command, ['--version'], { timeoutMs: 10_000 })).kind === 'ok';

async function unpackInto(folder: string): Promise<void> {
  const scratch = join(folder, 'scratch');
  const packages = join(scratch, 'packages');
  await mkdir(packages, { recursive: true });
  const apt = await makePrivateApt(scratch, await machineSources());
  const update = await apt.update();
  // One source of many may fail without harm: only where the package is missing is that the reason.
  const download = await apt.download([PACKAGE], packages);
  if (download.kind === 'failed') throw cannotBeHad(update.kind === 'failed' ? update : download);
  for (const name of await readdir(packages)) {
    const unpacked = await execute('dpkg-deb', ['--extract', join(packages, name), folder], {
      timeoutMs: UNPACK_TIMEOUT_MS,
    });
    if (unpacked.kind === 'failed') throw cannotBeHad(unpacked);
  }
  await rm(scratch, { recursive: true });
}

const cannotBeHad = ({ reason }: Extract<Execution, { kind: 'failed' }>) =>
  new Error(`no promtool: not on the PATH, and the package ${PACKAGE} can't be fetched: ${reason}`);
