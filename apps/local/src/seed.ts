// npm run seed
import { seedCommand } from './commands/seed.js';
import { exitWith } from './exit-with.js';

await exitWith(() => seedCommand(process.argv.slice(2)));
