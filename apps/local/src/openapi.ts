// npm run openapi
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { ROOT } from './terminal.ts';

const USAGE = `npm run openapi

Writes the API's description, as the code has it, to docs/openapi.json. Starts no server.

  --help   this text`;

await runCommand({ usage: USAGE, options: {} }, async () => {
  const file = join(ROOT, 'dist/apps/api/src/openapi.js');
  process.argv = [process.execPath, file, join(ROOT, 'docs/openapi.json')];
  await import(file);
  return 0;
});
