// npm run migrate
import { migrate } from './api.ts';
import { runOnDatabase } from './command.ts';

const USAGE = `npm run migrate

Brings the schema up to date: that of DATABASE_URL, else that of the Postgres that a running \`npm start\` has started,
else that of one that runs for the duration.

  --help   this text`;

await runOnDatabase({ usage: USAGE, options: {} }, ({ env, services, databaseUrl }) =>
  migrate(env, services, databaseUrl),
);
