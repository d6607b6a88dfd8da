import { readConfig } from '#libs/config';
import { migrateCatalogue } from './catalogue/migrations/index.js';
import { exitWith } from './start-failure.js';

/** Brings the schema of `DATABASE_URL` up to date and ends: a job to run before a release's first process. */
try {
  const ran = await migrateCatalogue(readConfig().database, {
    onBlocked: (sessions) => process.stdout.write(`Waiting for ${sessions}\n`),
  });
  // Their times are for their order, not for a reader.
  const names = ran.map((name) => name.replace(/\d{13}$/, ''));
  process.stdout.write(
    names.length === 0 ? 'The schema is up to date.\n' : `Migrated: ${names.join(', ')}\n`,
  );
} catch (error) {
  exitWith(error);
}
