// npm run key
import { keyCommand } from './commands/key.js';
import { exitWith } from './exit-with.js';

await exitWith(() => keyCommand(process.argv.slice(2)));
