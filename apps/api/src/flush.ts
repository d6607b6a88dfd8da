import { readConfig } from '#libs/config';
import { flushCaches } from '#libs/db';
import { exitWith } from './start-failure.js';

/** Empties the caches of every service over `DATABASE_URL` and ends: for changes that no trigger sees. */
try {
  await flushCaches(readConfig().database);
  process.stdout.write('A new epoch has begun: every process empties its caches within a second.\n');
} catch (error) {
  exitWith(error);
}
