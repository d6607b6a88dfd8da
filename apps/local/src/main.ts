// npm start
import { start } from './commands/start.js';
import { exitWith } from './exit-with.js';

await exitWith(start);
