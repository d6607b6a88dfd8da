import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whom Postgres runs as: whoever runs this process, or, since it refuses root, somebody else. */
export type RunAs = { kind: 'self' } | { kind: 'user'; name: string; uid: number; gid: number };

/** Users that a system has without our help; none is ever made. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * Who Postgres is to run as. Not root: ourselves. Root: the owner of the data folder, so that nobody loses theirs;
 * for a new one `postgres` where the system knows it, else `nobody`.
 *
 * @throws where the system has no unprivileged user to offer
 */
export async function whoRuns(dataFolder: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  const owner = await ownerOf(dataFolder);
  if (owner !== undefined && owner.uid !== 0) return { kind: 'user', name: `uid ${owner.uid}`, ...owner };
  for (const name of CANDIDATES) {
    const user = await lookUp(name);
    if (user !== undefined) return { kind: 'user', name, ...user };
  }
  throw new Error(
    `Postgres refuses to run as root, and there is no user ${CANDIDATES.join(' or ')} to run it as`,
  );
}

/** What `spawn` needs in order to run a program as that user. */
export function credentials(runAs: RunAs): { uid?: number; gid?: number } {
  return runAs.kind === 'self' ? {} : { uid: runAs.uid, gid: runAs.gid };
}

async function ownerOf(folder: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(folder);
    return { uid, gid };
  } catch {
    return undefined;
  }
}

/** Asks `id`, which knows every source of users that the system is configured for. */
async function lookUp(name: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
