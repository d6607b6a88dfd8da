import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../support/run-command.ts';

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
