import { migrate } from '../bring-up/migrate.js';
import { say } from '../output/terminal.js';
import { withDatabase } from './with-database.js';

/** `npm run migrate`: brings the schema up to date. */
export function migrateCommand(): Promise<number> {
  return withDatabase(async (context) => {
    say(await migrate(context));
    return { code: 0 };
  });
}
