import { chown, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Guard } from '../guard/start-guard.js';
import { logTail } from '../log-tail.js';
import type { PostgresBinaries } from './binaries.js';
import type { ClusterPlace } from './cluster-place.js';
import { credentials } from './run-as.js';
import { SERVER_ENV } from './server-env.js';

const WORKSPACE = 'initdb-';

/** The superuser, and the database that it uses. */
export const OWNER = 'hotshelf';

/**
 * Makes a new cluster. It is made under another name and moved to its place when it is complete, so that an initdb
 * that is killed in the middle leaves nothing that looks like a cluster. The caller holds the home.
 *
 * @param options.durable whether its files are flushed to the disk before they count
 * @throws where initdb fails; the message has its last lines
 */
export async function initCluster(options: {
  guard: Guard;
  place: ClusterPlace;
  binaries: PostgresBinaries;
  password: string;
  durable: boolean;
}): Promise<void> {
  const { place, password } = options;
  await removeWorkspaces(place.folder);
  const workspace = await mkdtemp(path.join(place.folder, WORKSPACE));
  const passwordFile = path.join(workspace, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const { uid, gid } = credentials(place.runAs);
  if (uid !== undefined && gid !== undefined) {
    await chown(passwordFile, uid, gid);
    await chown(workspace, uid, gid);
  }
  const data = path.join(workspace, 'data');
  await runInitdb(options, workspace, [
    ...['--pgdata', data, '--username', OWNER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    // The builtin provider sorts the same on every machine, whatever the libc.
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(options.durable ? [] : ['--no-sync']),
  ]);
  await rename(data, place.data);
  await rm(workspace, { recursive: true, force: true });
}

/** What an initdb that was killed has left. */
async function removeWorkspaces(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(WORKSPACE)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

async function runInitdb(
  { guard, place, binaries }: { guard: Guard; place: ClusterPlace; binaries: PostgresBinaries },
  workspace: string,
  args: readonly string[],
): Promise<void> {
  const log = path.join(place.home, 'initdb.log');
  const initdb = await guard.run({
    name: 'initdb',
    command: binaries.initdb,
    args,
    cwd: workspace,
    env: SERVER_ENV,
    ...credentials(place.runAs),
    output: { file: log },
    stopSignal: 'SIGINT',
    stopTimeoutMs: 2_000,
  });
  const { code } = await initdb.exited;
  if (code !== 0) throw new Error(`initdb could not make a cluster in ${place.folder}:${await logTail(log)}`);
}
