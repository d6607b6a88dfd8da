// npm run migrate
import { migrateCommand } from './commands/migrate.js';
import { exitWith } from './exit-with.js';

await exitWith(migrateCommand);
