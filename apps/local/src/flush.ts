// npm run flush
import { runOnDatabase } from './command.ts';
import { say } from './terminal.ts';

const USAGE = `npm run flush

Begins a new epoch: every process of every service over the database empties its L1, and Redis is emptied of their
entries, within a second. Run it after a change that no trigger sees, such as one made with triggers disabled.

The database is that of DATABASE_URL, else that of the Postgres that a running \`npm start\` has started.

  --help   this text`;

await runOnDatabase({ usage: USAGE, options: {} }, async ({ databaseUrl }) => {
  // Not imported above: they are compiled code, and may not be built yet.
  const [{ readConfig }, { flushCaches }] = await Promise.all([import('#libs/config'), import('#libs/db')]);
  await flushCaches(readConfig({ DATABASE_URL: databaseUrl }).database);
  say('A new epoch has begun: every process empties its caches within a second.');
});
