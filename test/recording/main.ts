import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { makeHome } from '../e2e/start/home.ts';
import { processTree, signalIfThere } from '../e2e/start/process-tree.ts';
import { RECORDING } from '../support/commands.ts';
import { until } from '../support/until.ts';
import { type Output, screenLines } from './screen-lines.ts';
import { svgOf } from './svg.ts';

// `npm start` as a person sees it who runs it for the first time: in a terminal, with nothing prepared but the dependencies and
// the build, and what the banner suggests tried once.

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/images');
const COLUMNS = 110;
const ROWS = 40;
const READY_TIMEOUT_MS = 60_000;
const SECONDS = 30;
const PORT = 3_000;
const URL = `http://localhost:${PORT}`;

commandLine(RECORDING);

const home = await makeHome();
const command = `stty cols ${COLUMNS} rows ${ROWS}; npm start`;
// util-linux's script gives the command a terminal. NODE_ENV and LOG_LEVEL as they are without an environment.
const { LOG_LEVEL: _, ...env } = home.env;
const child = spawn('script', ['-qefc', command, '/dev/null'], {
  cwd: ROOT,
  env: { ...env, HOME: process.env.HOME, PORT: String(PORT), TERM: 'xterm-256color' },
  stdio: ['pipe', 'pipe', 'inherit'],
});
const startedAtMs = performance.now();
/** The key and the password were made for this run; its folder is a temporary one, that of a user is in the project. */
const withoutSecrets = (chunk: string) =>
  chunk
    .replaceAll(home.folder, '.hotshelf')
    .replaceAll(/hs_[\w-]{20,}/g, `hs_${'x'.repeat(43)}`)
    .replaceAll(/(?<=hotshelf:)[\w-]{20,}(?=@)/g, 'x'.repeat(32));
const outputs: Output[] = [];
let text = '';
child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
  outputs.push([(performance.now() - startedAtMs) / 1_000, withoutSecrets(chunk)]);
  text += chunk;
});
const ended = once(child, 'exit');
try {
  await until('it is ready', () => /Ctrl-C ends it/.test(text), READY_TIMEOUT_MS);
  const key = /Bearer (\S+)'/.exec(text)?.[1] ?? '';
  const database = /psql '(\S+)'/.exec(text)?.[1] ?? '';
  const ask = async (path: string, init: RequestInit = {}) => {
    await pause(1_500);
    await (await fetch(URL + path, init)).arrayBuffer();
  };
  await ask('/products/prod-1');
  await ask('/products/prod-1');
  await ask('/products?limit=5');
  await ask('/products/prod-1/stock', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{"delta":-1}',
  });
  await ask('/products/no-such-product');
  if (database === '') throw new Error('the banner names no database');
  const redis = processTree(child.pid ?? 0).find(({ args }) => /redis-server/.test(args));
  await pause(1_500);
  if (redis !== undefined) signalIfThere(redis.pid, 'SIGSTOP');
  await pause(3_000);
  await ask('/products/prod-2');
  if (redis !== undefined) signalIfThere(redis.pid, 'SIGCONT');
  await pause(Math.max(4_000, SECONDS * 1_000 - (performance.now() - startedAtMs)));
  child.stdin.write('\x03');
  await ended;
} finally {
  child.kill('SIGKILL');
  await home.endRuns();
  await home.remove();
}

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
const header = { version: 2, width: COLUMNS, height: ROWS, title: `npm start (${commit})` };
const lines = screenLines(outputs);
const files = {
  'start.cast': `${[header, ...outputs.map(([at, out]) => [Number(at.toFixed(3)), 'o', out])]
    .map((line) => JSON.stringify(line))
    .join('\n')}\n`,
  'start.txt': `${lines.map(({ seconds, plain }) => `${seconds.toFixed(1).padStart(5)} s  ${plain}`.trimEnd()).join('\n')}\n`,
  'start.svg': svgOf(lines, COLUMNS),
};
for (const [name, content] of Object.entries(files)) {
  const path = join(FOLDER, name);
  writeFileSync(path, content);
  process.stdout.write(`${relative(ROOT, path)}  ${Math.ceil(content.length / 1_000)} kB\n`);
}
process.exit(0);
