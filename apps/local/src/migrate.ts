// npm run migrate
import { migrate } from './api.ts';
import { runCommand, withDatabase } from './database.ts';

const USAGE = `npm run migrate

Brings the schema up to date: that of DATABASE_URL, else that of the Postgres that a running \`npm start\` has started,
else that of one that runs for the duration.

  --help   this text`;

await runCommand({ usage: USAGE, options: {} }, () =>
  withDatabase(async ({ env, services, databaseUrl }) => {
    await migrate(env, services, databaseUrl);
    return { code: 0 };
  }),
);
