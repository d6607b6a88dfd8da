import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ensureBuilt } from '../../apps/local/src/build.ts';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { ROOT } from '../../apps/local/src/terminal.ts';
import { COMMANDS } from './commands.ts';

/**
 * Builds and runs one script with the servers that tests share: `node test/support/with-servers.ts test/soak/memory.ts`.
 * Its flags are read before anything is started; a script that is not in the table reads its own.
 */
const [script = '', ...args] = process.argv.slice(2);
const command = COMMANDS[script];
if (command !== undefined) commandLine(command, args);
if (!(await ensureBuilt())) process.exit(1);
// Imported after the build: it is compiled code.
const { requireTestServers } = await import('./test-servers.ts');
const servers = await requireTestServers(ROOT);
const child = spawn(process.execPath, ['--enable-source-maps', script, ...args], {
  cwd: ROOT,
  env: servers.environment,
  stdio: 'inherit',
});
const [code] = await once(child, 'exit');
await servers.stop();
process.exitCode = code ?? 1;
