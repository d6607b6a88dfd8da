/**
 * The whole environment of our Postgres programs: a PGDATA, PGPORT or PGOPTIONS that was meant for another server
 * must not reach them, and their messages are read here, so they come untranslated.
 */
export const SERVER_ENV: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' };
