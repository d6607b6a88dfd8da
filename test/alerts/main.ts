import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../support/run-command.ts';
import { findPromtool } from './promtool.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = 'docker/prometheus';

const filesIn = (folder: string) =>
  readdirSync(join(ROOT, FOLDER, folder)).map((name) => `${FOLDER}/${folder}/${name}`);

/** Asks Prometheus's own checker whether it reads the settings and the rules, and whether each alert fires when it should. */
try {
  const promtool = await findPromtool(join(ROOT, '.hotshelf'));
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
