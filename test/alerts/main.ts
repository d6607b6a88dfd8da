import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from '../../apps/local/src/build.ts';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { runCommand } from '../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../..');
const USAGE = `npm run check:alerts

Checks the settings and rules of Prometheus by its own promtool, and whether each alert fires when it should, and only
then.

  --help   this text`;
const FOLDER = 'docker/prometheus';

const filesIn = (folder: string) =>
  readdirSync(join(ROOT, FOLDER, folder)).map((name) => `${FOLDER}/${folder}/${name}`);

/** Asks Prometheus's own checker whether it reads the settings and the rules, and whether each alert fires when it should. */
commandLine({ usage: USAGE, options: {} });
if (!(await ensureBuilt())) process.exit(2);
try {
  // Imported after the build: it is compiled code.
  const { findProgram } = await import('./programs.ts');
  const promtool = await findProgram('promtool', join(ROOT, '.hotshelf'));
  const checks = [
    ['check', 'config', `${FOLDER}/prometheus.yml`],
    ...filesIn('rules').map((file) => ['check', 'rules', file]),
    ...filesIn('tests').map((file) => ['test', 'rules', file]),
  ];
  let failed = 0;
  for (const args of checks) {
    const { code, output } = await runCommand(promtool, args, { cwd: ROOT });
    if (code !== 0) failed += 1;
    process.stdout.write(`${code === 0 ? '✔' : '✖'} promtool ${args.join(' ')}\n${code === 0 ? '' : output}`);
  }
  process.stdout.write(`${checks.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
}
