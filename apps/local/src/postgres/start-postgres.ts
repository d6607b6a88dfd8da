import path from 'node:path';
import type { Guard } from '../guard/start-guard.js';
import type { PostgresBinaries } from './binaries.js';
import { type ClusterPlace, hasCluster, placeCluster } from './cluster-place.js';
import { openDatabase } from './database.js';
import { holdHome } from './hold-home.js';
import { initCluster } from './initdb.js';
import { keepYoung } from './keep-young.js';
import { makePassword, readPassword } from './password.js';
import { type Postmaster, runPostmaster } from './postmaster.js';
import { endOrphanedPostmaster } from './postmaster-file.js';
import { removeData } from './remove-data.js';
import { usableBinaries } from './usable-binaries.js';

export interface PostgresOptions {
  guard: Guard;
  /** The folder for data, password and logs; made if missing. */
  home: string;
  /** Server settings (`-c name=value`) that win over ours, such as `fsync: 'off'` for a test run. */
  settings?: Record<string, string>;
}

/** A Postgres of our own that answers queries. */
export interface StartedPostgres {
  /** `postgres://user:password@127.0.0.1:port/database` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where its data lies: in `home`, or outside where Postgres' user can't reach `home`. */
  readonly dataFolder: string;
  readonly logFile: string;
  stop(): Promise<void>;
}

/**
 * Starts a Postgres of our own on a free port of 127.0.0.1, with a new cluster where `home` has none, and waits
 * until its database answers. Data is kept between starts. Started by root, it runs as an unprivileged user.
 *
 * @throws where it can't: the home is another process's, no binaries, a cluster that does not start. The message
 * says what, with the last lines of the log.
 */
export async function startPostgres(options: PostgresOptions): Promise<StartedPostgres> {
  const { guard, settings = {} } = options;
  const place = await placeCluster(path.resolve(options.home));
  const { postmaster, password } = await whileHeld(place, async () => {
    const binaries = await usableBinaries(place.runAs);
    const durable = settings['fsync'] !== 'off';
    const password = await readyCluster({ guard, place, binaries, durable });
    return { postmaster: await runPostmaster({ guard, place, binaries, settings }), password };
  });
  const { process, port, logFile } = postmaster;
  const stop = () => process.stop();
  try {
    const url = await openDatabase(port, password);
    return { url, port, pid: process.pid, dataFolder: place.data, logFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Holds the home until Postgres has ended, whoever ends it, or until it turned out that it does not start. */
async function whileHeld<Started extends { postmaster: Postmaster }>(
  place: ClusterPlace,
  start: () => Promise<Started>,
): Promise<Started> {
  const release = holdHome(place.home);
  try {
    const started = await start();
    void started.postmaster.process.exited.then(release);
    return started;
  } catch (error) {
    release();
    throw error;
  }
}

/** Makes sure of a cluster on which no Postgres runs. Returns the superuser's password. */
async function readyCluster(options: {
  guard: Guard;
  place: ClusterPlace;
  binaries: PostgresBinaries;
  durable: boolean;
}): Promise<string> {
  const { place } = options;
  const kept = await readPassword(place.home);
  if (await hasCluster(place)) {
    await endOrphanedPostmaster(place.data);
    if (place.folder !== place.home) await keepYoung(place.folder);
    if (kept !== undefined) return kept;
    await giveUpUnreadable(place);
  }
  const password = kept ?? (await makePassword(place.home));
  await initCluster({ ...options, password });
  return password;
}

/** A cluster without its password. Outside of the home it is what is left of a home that somebody removed. */
async function giveUpUnreadable({ home, folder, data }: ClusterPlace): Promise<void> {
  if (folder === home) throw new Error(`${home} has lost its password file: remove ${data} to begin anew`);
  await removeData(data);
}
