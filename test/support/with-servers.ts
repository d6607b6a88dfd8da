import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startTestServers } from './test-servers.ts';

/** Runs one script with the servers that tests share: `node test/support/with-servers.ts test/soak/memory.ts`. */
const [script, ...args] = process.argv.slice(2);
const root = join(import.meta.dirname, '../..');
const servers = await startTestServers(root);
if (servers.kind === 'unavailable') throw new Error(servers.reason);
const child = spawn(process.execPath, ['--enable-source-maps', script ?? '', ...args], {
  cwd: root,
  env: servers.environment,
  stdio: 'inherit',
});
const [code] = await once(child, 'exit');
await servers.stop();
process.exitCode = code ?? 1;
