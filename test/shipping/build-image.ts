import { cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackedPackages } from '../support/debian-packages.ts';
import { runCommand } from '../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../..');
const BUILD_BASE = 'localhost/build-base';
const RUNTIME_BASE = 'localhost/runtime-base';
/** A commit's time, as a release passes it. */
const SOURCE_DATE_EPOCH = '1767225600';

export interface ImageConfig {
  readonly User: string;
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly Cmd: readonly string[];
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

export interface BuiltImage {
  /** Its root file system, mounted. */
  readonly root: string;
  readonly config: ImageConfig;
  /** The size of the files that the Dockerfile adds to its bases, Node apart. */
  readonly applicationBytes: number;
  remove(): Promise<void>;
}

type Buildah = (...args: string[]) => Promise<string>;

/**
 * Builds docker/Dockerfile with buildah. The base images cannot be assumed here, so they are made of Debian's packages and of
 * the Node that runs this: one with a shell and npm, and one with the C and C++ libraries alone, as the distroless one has.
 *
 * @throws Error with the build's output if it fails
 */
export async function buildImage(): Promise<BuiltImage> {
  const scratch = await mkdtemp(join(tmpdir(), 'hotshelf-image-'));
  try {
    const buildah = await openBuildah(scratch);
    await makeBases(buildah, scratch);
    await buildah(
      'build',
      '--isolation=chroot',
      '--network=host',
      '--layers=false',
      '--target=runtime',
      '--file=docker/Dockerfile',
      '--ignorefile=docker/Dockerfile.dockerignore',
      // The registry's certificates are this machine's.
      '--volume=/etc/ssl/certs:/etc/ssl/certs:ro',
      `--build-arg=BASE=${BUILD_BASE}`,
      `--build-arg=RUNTIME_BASE=${RUNTIME_BASE}`,
      `--build-arg=SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH}`,
      '--build-arg=SOURCE=https://example.com/hotshelf',
      '--tag=localhost/hotshelf',
      ROOT,
    );
    const { Docker } = JSON.parse(await buildah('inspect', '--type=image', 'localhost/hotshelf')) as {
      Docker: { config: ImageConfig };
    };
    const container = (await buildah('from', 'localhost/hotshelf')).trim();
    const root = (await buildah('mount', container)).trim();
    return {
      root,
      config: Docker.config,
      applicationBytes: await sizeOf(join(root, 'app')),
      remove: async () => {
        await buildah('umount', container);
        await rm(scratch, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
}

async function openBuildah(scratch: string): Promise<Buildah> {
  const packages = await unpackedPackages({
    name: 'buildah',
    packages: ['buildah'],
    suite: 'bookworm',
    dependencies:
      /^(?:lib(?:gpgme11|assuan0|gpg-error0|subid4|devmapper1\.02\.1|seccomp2)|golang-github-containers-.+)$/,
  });
  const libraries = `/usr/lib/${gnuArch()}-linux-gnu`;
  // buildah starts itself again without LD_LIBRARY_PATH, so its libraries are laid over the system's, for it alone.
  const overlay = `mount -t overlay overlay -o lowerdir=${join(packages, libraries)}:${libraries} ${libraries}`;
  const environment = {
    ...process.env,
    CONTAINERS_CONF: join(packages, 'usr/share/containers/containers.conf'),
    REGISTRIES_CONFIG_PATH: join(packages, 'etc/containers/registries.conf'),
    TMPDIR: scratch,
  };
  const options = [
    `--root=${join(scratch, 'storage')}`,
    `--runroot=${join(scratch, 'run')}`,
    '--storage-driver=vfs',
  ];
  const signaturePolicy = `--signature-policy=${join(packages, 'etc/containers/policy.json')}`;
  return async (command, ...args) => {
    const policy = ['build', 'from', 'commit'].includes(command ?? '') ? [signaturePolicy] : [];
    const { code, output } = await runCommand(
      'unshare',
      [
        '--mount',
        'sh',
        '-c',
        `${overlay} && exec "$0" "$@"`,
        join(packages, 'usr/bin/buildah'),
        ...options,
        command ?? '',
        ...policy,
        ...args,
      ],
      { cwd: ROOT, env: environment },
    );
    if (code !== 0) throw new Error(`buildah ${command} failed:\n${output}`);
    return output;
  };
}

async function makeBases(buildah: Buildah, scratch: string): Promise<void> {
  const libraries = ['libc6', 'libgcc-s1', 'libstdc++6'];
  const [shell, plain] = await Promise.all([
    unpackedPackages({
      name: 'build-base',
      packages: ['base-files', 'dash', 'bash', 'coreutils', 'findutils', ...libraries],
      suite: 'bookworm',
      dependencies: /^(?:lib(?:acl1|attr1|gmp10|pcre2-8-0|selinux1|tinfo6|crypto.*|ssl3)|zlib1g)$/,
    }),
    unpackedPackages({ name: 'runtime-base', packages: libraries, suite: 'bookworm' }),
  ]);
  const node = join(scratch, 'node');
  await mkdir(join(node, 'usr/local/bin'), { recursive: true });
  await mkdir(join(node, 'usr/local/etc'), { recursive: true });
  await mkdir(join(node, 'root'), { recursive: true });
  await mkdir(join(node, 'tmp'), { recursive: true, mode: 0o1777 });
  await cp(process.execPath, join(node, 'usr/local/bin/node'));
  await installNpm(node);
  await imageOf(buildah, BUILD_BASE, [shell, node]);
  await mkdir(join(scratch, 'mounts/proc'), { recursive: true });
  await mkdir(join(scratch, 'mounts/dev'), { recursive: true });
  await imageOf(buildah, RUNTIME_BASE, [plain, join(scratch, 'mounts')]);
}

/** The npm that runs this, and where it fetches from. */
async function installNpm(node: string): Promise<void> {
  const { output: globals } = await runCommand('npm', ['root', '--global'], {});
  await cp(join(globals.trim(), 'npm'), join(node, 'usr/local/lib/node_modules/npm'), {
    recursive: true,
    dereference: true,
  });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(node, 'usr/local/bin/npm'));
  const settings = await Promise.all(
    ['registry', 'cafile'].map(async (name) => {
      const { output } = await runCommand('npm', ['config', 'get', name], {});
      return `${name}=${output.trim()}`;
    }),
  );
  await writeFile(
    join(node, 'usr/local/etc/npmrc'),
    settings.filter((line) => !/=(?:null)?$/.test(line)).join('\n'),
  );
}

async function imageOf(buildah: Buildah, name: string, folders: readonly string[]): Promise<void> {
  const container = (await buildah('from', 'scratch')).trim();
  for (const folder of folders) await buildah('copy', '--quiet', container, folder, '/');
  await buildah('config', '--env=PATH=/usr/local/bin:/usr/bin:/bin', container);
  await buildah('commit', '--quiet', container, name);
  await buildah('rm', container);
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const gnuArch = () => (process.arch === 'arm64' ? 'aarch64' : 'x86_64');
