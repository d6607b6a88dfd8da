import { type ProgramCommand, unpackedProgram } from '#src/apps/local/src/debian-packages';
import { redisVersion } from '#src/apps/local/src/redis';
import { unpackedPackages } from './debian-packages.ts';

/** Redis, or a server that speaks its protocol, in a version other than the one that all tests run on. */
export interface ServerWanted {
  /** The Debian package, which is also the program's name. */
  readonly program: 'redis-server' | 'valkey-server';
  /** The Debian release that has it. */
  readonly suite: string;
  readonly major: number;
}

/** The server and the libraries that it was built with; the rest of what its package depends on installs it. */
const RUNTIME = /^(?:(?:redis|valkey)-tools|lib.+|lua-.+|zlib1g)$/;

/**
 * One on the PATH, else Debian's package, unpacked below .hotshelf/ without touching the system.
 *
 * @throws Error if neither can be had
 */
export async function otherServer({ program, suite, major }: ServerWanted): Promise<ProgramCommand> {
  const isWanted = async (server: ProgramCommand) => {
    const version = await redisVersion(server);
    return version?.startsWith(`${major}.`) === true;
  };
  const onPath = { command: program, args: [] };
  if (await isWanted(onPath)) return onPath;
  const name = `${program}-${major}`;
  const folder = await unpackedPackages({ name, packages: [program], suite, dependencies: RUNTIME });
  const server = await unpackedProgram(folder, program);
  if (server !== undefined && (await isWanted(server))) return server;
  throw new Error(`${folder} has no ${program} ${major} that runs here; delete it to fetch it again`);
}
