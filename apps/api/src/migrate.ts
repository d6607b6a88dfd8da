import { readConfig } from '#libs/config';
import { migrateCatalogue } from './catalogue/migrations/index.js';
import { exitWith } from './start-failure.js';

/** An empty database gets more than a reader wants to know by name. */
const NAMED = 3;

function summaryOf(names: readonly string[]): string {
  if (names.length === 0) return 'The schema is up to date.';
  if (names.length <= NAMED) return `Migrated: ${names.join(', ')}`;
  return `Migrated: ${names.length} migrations, the last one ${names.at(-1)}`;
}

/** Brings the schema of `DATABASE_URL` up to date and ends: a job to run before a release's first process. */
try {
  const ran = await migrateCatalogue(readConfig().database, {
    onBlocked: (sessions) => process.stdout.write(`Waiting for ${sessions}\n`),
  });
  // Their times are for their order, not for a reader.
  const names = ran.map((name) => name.replace(/\d{13}$/, ''));
  process.stdout.write(`${summaryOf(names)}\n`);
} catch (error) {
  exitWith(error);
}
