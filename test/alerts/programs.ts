import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackDebianPackages } from '#src/apps/local/src/debian-packages';
import { execute } from '#src/apps/local/src/processes';

/** The distribution's package that has both programs, which run on this machine as they are. */
const PACKAGE = 'prometheus';

/**
 * A program of Prometheus's own: one on the PATH, else that of the distribution's package, unpacked without touching the
 * system.
 *
 * @param cache the folder below which it is kept once it was fetched
 * @returns the command
 * @throws Error if neither can be had
 */
export async function findProgram(program: 'promtool' | 'prometheus', cache: string): Promise<string> {
  if (await runs(program)) return program;
  const folder = join(cache, `${PACKAGE}-package-${process.platform}-${process.arch}`);
  const command = join(folder, 'usr/bin', program);
  if (existsSync(folder)) {
    if (await runs(command)) return command;
    // Half of it was deleted, say: it would be in the way of a whole one.
    await rm(folder, { recursive: true, force: true });
  }
  await unpackDebianPackages(folder, { packages: [PACKAGE] });
  if (await runs(command)) return command;
  throw new Error(`no ${program}: not on the PATH, and that of the package ${PACKAGE} does not run here`);
}

const runs = async (command: string) =>
  (await execute(command, ['--version'], { timeoutMs: 10_000 })).kind === 'ok';
