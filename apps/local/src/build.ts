// npm run build
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type CommandSpec, commandLine, type Options, type Values } from './command-line.ts';
import { hangUpWithNpm, takeLock } from './processes.ts';
import { Services, withServices } from './services.ts';
import { complain, messageOf, ROOT, say } from './terminal.ts';

const USAGE = `npm run build

Compiles what is out of date into dist/.

  --help   this text`;

const LONGEST_BUILD_MS = 120_000;
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.fingerprint');
const STATE = join(ROOT, '.hotshelf');

/** With FILES, everything that the compiled code depends on. */
export const SOURCE_FOLDERS: readonly string[] = ['apps/api', 'apps/example', 'apps/baseline', 'libs'];
const FILES = ['tsconfig.json', 'nest-cli.json', '.swcrc', 'package-lock.json'];

/**
 * Compiles the project if `dist` is out of date, and prints nothing otherwise.
 *
 * @param services the compiler is one of them, and ends with this process at the latest
 * @returns whether `dist` is good; errors were printed
 */
export async function ensureBuilt(services = new Services()): Promise<boolean> {
  if (isCurrent()) return true;
  try {
    const lock = takeLock(join(STATE, 'build.lock'), LONGEST_BUILD_MS);
    if (lock === undefined) throw new Error('Another build of this folder takes too long. Is it stuck?');
    try {
      // If it waited for another build, that one has done the work.
      return isCurrent() || (await build(services));
    } finally {
      lock.release();
    }
  } catch (error) {
    complain(messageOf(error));
    return false;
  }
}

/**
 * Runs an entry: reads its command line, builds if `dist` is out of date, does its work and ends the process.
 *
 * @param work gets the values of the flags, and returns the exit code
 * @param onInterrupt as of `withServices`
 */
export async function runCommand<const O extends Options>(
  spec: CommandSpec<O>,
  work: (values: Values<O>, services: Services) => Promise<number>,
  onInterrupt?: () => number,
): Promise<never> {
  const { values } = commandLine(spec);
  hangUpWithNpm();
  const code = await withServices(
    async (services) => ((await ensureBuilt(services)) ? work(values, services) : 1),
    onInterrupt,
  );
  process.exit(code);
}

/** Whether `dist` is that of the sources as they are. */
export function isCurrent(): boolean {
  try {
    return readFileSync(STAMP, 'utf8') === fingerprint();
  } catch {
    return false;
  }
}

async function build(services: Services): Promise<boolean> {
  say('Building …');
  // Taken before the compiler reads: an edit meanwhile makes the next command build again.
  const built = fingerprint();
  // The stamp goes first, so that a removal that was cut short leaves no dist that passes for whole.
  await rm(STAMP, { force: true });
  await rm(DIST, { recursive: true, force: true });
  const log = join(STATE, 'build.log');
  const compiler = await services.start({
    name: 'The compiler',
    command: process.execPath,
    args: [join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js'), 'build', '--all'],
    cwd: ROOT,
    log,
    stopTimeoutMs: 2_000,
  });
  const { code } = await compiler.exited;
  if (code === 0) await writeFile(STAMP, built);
  else if (!services.areStopping)
    complain(`${readFileSync(log, 'utf8').trim()}\nThe build failed: see above.`);
  return code === 0;
}

/** A hash over names and contents: times of change mean nothing after a checkout, and a deleted file counts too. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of [...FILES, ...SOURCE_FOLDERS.flatMap(filesIn)]) {
    const content = readFileSync(join(ROOT, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

if (import.meta.main) {
  commandLine({ usage: USAGE, options: {} });
  hangUpWithNpm();
  process.exit((await ensureBuilt()) ? 0 : 1);
}
