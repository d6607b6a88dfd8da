import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { completeFolder } from '#src/apps/local/src/complete-folder';
import { makePrivateApt } from '#src/apps/local/src/redis/apt/private-apt';
import { machineSources, type SourceStanza } from '#src/apps/local/src/redis/apt/sources';
import { execute } from '#src/apps/local/src/redis/exec';
import { checkCommand, type ServerCommand } from '#src/apps/local/src/redis/server-command';

/** Redis, or what speaks its language, in a version other than the one that all tests run on. */
export interface ServerWanted {
  /** The Debian package, which is also the program's name. */
  readonly program: 'redis-server' | 'valkey-server';
  /** The Debian release that has it. */
  readonly suite: string;
  readonly major: number;
}

const CACHE = join(import.meta.dirname, '../../.hotshelf');

/** The server and the libraries that it was built with; the rest of what its package depends on installs it. */
const RUNTIME = /^(?:(?:redis|valkey)-(?:server|tools)|lib.+|lua-.+|zlib1g)$/;

/**
 * One on the PATH, else Debian's package, unpacked below .hotshelf/ without touching the system.
 *
 * @throws where neither can be had
 */
export async function otherServer(wanted: ServerWanted): Promise<ServerCommand> {
  const onPath = { command: wanted.program, args: [] };
  if (await isWanted(onPath, wanted)) return onPath;
  const folder = join(CACHE, `${wanted.program}-${wanted.major}-${process.platform}-${process.arch}`);
  await mkdir(CACHE, { recursive: true });
  if (!existsSync(folder)) await completeFolder(folder, (empty) => unpack(wanted, empty));
  const server = await commandIn(folder, wanted.program);
  if (server === undefined || !(await isWanted(server, wanted)))
    throw new Error(
      `${folder} has no ${wanted.program} ${wanted.major} that runs here; delete it to fetch it again`,
    );
  return server;
}

async function isWanted(server: ServerCommand, { major }: ServerWanted): Promise<boolean> {
  const check = await checkCommand(server);
  return check.kind === 'usable' && Number.parseInt(check.version, 10) === major;
}

async function unpack({ program, suite, major }: ServerWanted, folder: string): Promise<void> {
  const scratch = join(folder, 'scratch');
  const packages = join(scratch, 'packages');
  await mkdir(packages, { recursive: true });
  const apt = await makePrivateApt(scratch, sourcesOf(suite, await machineSources()));
  const steps = [() => apt.update(), async () => apt.download(await closureOf(apt, program), packages)];
  for (const step of steps) {
    const done = await step();
    if (done.kind === 'failed')
      throw new Error(
        `no ${program} ${major}: not on the PATH, and Debian's can't be fetched: ${done.reason}`,
      );
  }
  for (const name of await readdir(packages))
    await execute('dpkg-deb', ['--extract', join(packages, name), folder], { timeoutMs: 30_000 });
  await rm(scratch, { recursive: true });
  await chmod(folder, 0o755);
}

/** The machine's own Debian mirrors, asked for another release. */
function sourcesOf(suite: string, stanzas: readonly SourceStanza[]): SourceStanza[] {
  const debian = /^[a-z]+(?=-security$|$)/;
  return stanzas
    .filter((stanza) => /debian/.test(stanza.get('signed-by') ?? stanza.get('uris') ?? ''))
    .map((stanza) => {
      const suites = (stanza.get('suites') ?? '').split(/\s+/).filter((name) => debian.test(name));
      return new Map([...stanza, ['suites', suites.map((name) => name.replace(debian, suite)).join(' ')]]);
    });
}

async function closureOf(
  apt: Awaited<ReturnType<typeof makePrivateApt>>,
  program: string,
): Promise<string[]> {
  const flags = [
    '--recurse',
    '--no-recommends',
    '--no-suggests',
    '--no-conflicts',
    '--no-breaks',
    '--no-replaces',
  ];
  const depends = await apt.query(['depends', ...flags, program]);
  const names = depends.kind === 'ok' ? depends.stdout.split('\n').filter((line) => RUNTIME.test(line)) : [];
  return [...new Set(names)];
}

/** By its own loader with its own libraries, since this machine's may be of another age. */
async function commandIn(folder: string, program: string): Promise<ServerCommand | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const loader = entries.find(
    (entry) => entry.isFile() && /^ld(?:-linux|64)?[^/]*\.so\.\d+$/.test(entry.name),
  );
  const server = entries.find((entry) => entry.name === program && entry.parentPath.endsWith('/bin'));
  if (loader === undefined || server === undefined) return undefined;
  const libraries = entries.filter(({ name }) => /^lib.*\.so(?:\.\d+)+$/.test(name));
  const path = [...new Set(libraries.map(({ parentPath }) => parentPath))].join(':');
  const args = ['--library-path', path, '--argv0', program, join(server.parentPath, program)];
  return { command: join(loader.parentPath, loader.name), args };
}
