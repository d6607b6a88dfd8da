import type { Dirent } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { completeFolder, type Execution, execute } from './processes.ts';

const FETCH_TIMEOUT_MS = 180_000;
const UNPACK_TIMEOUT_MS = 120_000;

export interface PackagesWanted {
  readonly packages: readonly string[];
  /** The Debian release to take them from; default: the sources of this machine as they are. */
  readonly suite?: string | undefined;
  /** Debian's name of an architecture; default: this machine's. */
  readonly architecture?: string | undefined;
  /** Fetches the dependencies as well whose names match. */
  readonly dependencies?: RegExp | undefined;
}

/** The packages cannot be had on this machine; the message says why in one line. */
export class PackagesUnavailable extends Error {}

/**
 * Fetches packages with an apt that writes into a folder of ours alone, and unpacks them. Nothing is installed, and it
 * needs no root. A folder that exists is left as it is.
 *
 * @param target the folder to unpack into; it is complete or missing
 * @throws PackagesUnavailable if apt cannot get them
 */
export async function unpackDebianPackages(target: string, wanted: PackagesWanted): Promise<void> {
  await completeFolder(target, async (folder) => {
    // Within the folder, so that it is removed with a half-made one.
    const scratch = path.join(folder, 'scratch');
    for (const file of await download(scratch, wanted))
      outputOf(await execute('dpkg-deb', ['--extract', file, folder], { timeoutMs: UNPACK_TIMEOUT_MS }));
    await rm(scratch, { recursive: true });
    await chmod(folder, 0o755);
  });
}

async function download(scratch: string, wanted: PackagesWanted): Promise<string[]> {
  const packages = path.join(scratch, 'packages');
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'sources', 'packages'])
    await mkdir(path.join(scratch, folder), { recursive: true });
  await writeFile(path.join(scratch, 'state/status'), '');
  await copySources(path.join(scratch, 'sources'), wanted.suite);
  const config = path.join(scratch, 'apt.conf');
  await writeFile(config, configText(scratch, wanted.architecture));
  const apt = (program: string, args: readonly string[], cwd = scratch) =>
    execute(program, ['-c', config, ...args], { timeoutMs: FETCH_TIMEOUT_MS, cwd });

  const update = await apt('apt-get', ['-q', 'update']);
  const names = await withDependencies(wanted, (args) => apt('apt-cache', args));
  const fetched = await apt('apt-get', ['-q', 'download', ...names], packages);
  // One source of several may fail without harm: it is the reason only if a package is missing.
  if (fetched.kind === 'failed') outputOf(update);
  outputOf(fetched);
  const files = await readdir(packages);
  if (files.length === 0)
    throw new PackagesUnavailable(`apt: its sources have no ${wanted.packages.join(', ')}`);
  return files.map((name) => path.join(packages, name));
}

/** The machine's sources, with another release of the same archives if one is wanted. */
async function copySources(to: string, suite: string | undefined): Promise<void> {
  const release = await thisRelease();
  const parts = '/etc/apt/sources.list.d';
  const names = await readdir(parts).catch(() => []);
  for (const file of ['/etc/apt/sources.list', ...names.map((name) => path.join(parts, name))]) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const other = suite === undefined ? text : inRelease(text, release.codename, suite);
    if (/\.(?:list|sources)$/.test(file)) await writeFile(path.join(to, path.basename(file)), other);
  }
}

/** @returns the text of sources with the names of a release replaced; see sources.list(5) for its two forms */
export function inRelease(text: string, codename: string, suite: string): string {
  return text
    .split('\n')
    .map((line) => {
      const names = new RegExp(
        `(?<=\\s)(?:${codename}|(?:old)*stable)(?=$|\\s|-updates\\b|-security\\b)`,
        'g',
      );
      return /^(?:deb\s|suites:)/i.test(line) ? line.replace(names, suite) : line;
    })
    .join('\n');
}

/**
 * The distribution that this machine runs; see os-release(5).
 *
 * @returns `version` is NaN for one without numbered releases, such as Debian's testing
 */
export async function thisRelease(): Promise<{ id: string; version: number; codename: string }> {
  const fields = parseEnv(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  const { ID: id = '', VERSION_ID: version = '', VERSION_CODENAME: codename = '' } = fields;
  return { id, version: Number.parseInt(version, 10), codename };
}

async function withDependencies(
  { packages, dependencies }: PackagesWanted,
  cache: (args: readonly string[]) => Promise<Execution>,
): Promise<string[]> {
  if (dependencies === undefined) return [...packages];
  const flags = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces'].map((kind) => `--no-${kind}`);
  const depends = await cache(['depends', '--recurse', ...flags, ...packages]);
  const found = depends.kind === 'ok' ? depends.stdout.split('\n') : [];
  return [...new Set([...packages, ...found.filter((line) => dependencies.test(line))])];
}

/**
 * The machine's proxy and its access to private mirrors stay in force; its state, cache and hooks do not: the hooks after
 * an update clean the system's own caches.
 */
const configText = (folder: string, architecture: string | undefined) => `
${architecture === undefined ? '' : `APT::Architecture "${architecture}";`}
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State "${folder}/state";
Dir::State::Lists "${folder}/state/lists";
Dir::State::status "${folder}/state/status";
Dir::Cache "${folder}/cache";
Dir::Cache::archives "${folder}/cache/archives";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${folder}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
`;

function outputOf(execution: Execution): string {
  if (execution.kind === 'failed') throw new PackagesUnavailable(execution.reason);
  return execution.stdout;
}

/** How to run a program: its arguments go behind `args`. */
export interface ProgramCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * How to run a program of packages that were unpacked below `root`: by their own loader with their own libraries, since
 * this machine's may be older. The loader passes on the program's name, by which one binary may know which it is to be.
 *
 * @returns undefined if the program, or a loader, is missing
 */
export async function unpackedProgram(root: string, program: string): Promise<ProgramCommand | undefined> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((): Dirent[] => []);
  const pathOf = (entry: Dirent) => path.join(entry.parentPath, entry.name);
  // Links of the same name may be absolute, and so lead to this machine's own loader.
  const loader = entries.find(
    (entry) => entry.isFile() && /^ld(?:-linux|64)?[^/]*\.so\.\d+$/.test(entry.name),
  );
  const file = entries.find((entry) => entry.name === program && /\/s?bin$/.test(entry.parentPath));
  if (loader === undefined || file === undefined) return undefined;
  const libraries = entries.filter(({ name }) => /^lib.*\.so(?:\.\d+)+$/.test(name));
  const folders = [...new Set(libraries.map(({ parentPath }) => parentPath))].join(':');
  return { command: pathOf(loader), args: ['--library-path', folders, '--argv0', program, pathOf(file)] };
}
