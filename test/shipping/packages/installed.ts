import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from '#src/apps/local/src/services';
import type { BuiltPackage } from '../../../deploy/packages/build-packages.ts';
import { endWithMe } from '../../support/end-with-me.ts';
import { runCommand } from '../../support/run-command.ts';
import { until } from '../../support/until.ts';

/** npm and npx run programs by the first `node` that they find. */
export const PATH_OF_NPM = [dirname(process.execPath), process.env.PATH].join(delimiter);

export const tarballsOf = (built: readonly BuiltPackage[], kind: BuiltPackage['kind']) =>
  built.filter((each) => each.kind === kind).map(({ tarball }) => tarball);

/** Makes a folder with a fresh package.json and installs packages there as a stranger would. */
export async function install(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await succeed('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], folder);
}

/** @returns what it printed */
export async function succeed(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const { code, output } = await runCommand(command, args, { cwd, env });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}:\n${output}`);
  return output;
}

/** Starts a built application of the folder on a free port, and waits until it is ready. */
export async function startApp(
  folder: string,
  main: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const port = String(await freePort());
  const child = spawn(process.execPath, [join('dist', main)], {
    cwd: folder,
    env: { ...env, PORT: port },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  endWithMe(child);
  const url = `http://127.0.0.1:${port}`;
  await until('the application is ready', async () => (await fetch(`${url}/health/ready`)).ok).catch(
    (error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    },
  );
  return { url, child };
}
