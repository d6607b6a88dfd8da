import { fileURLToPath } from 'node:url';

/** The service, as production runs it. */
export const API_ENTRY = fileURLToPath(new URL('../../../api/src/main.js', import.meta.url));

/** The job that brings the schema up to date. */
export const MIGRATE_ENTRY = fileURLToPath(new URL('../../../api/src/migrate.js', import.meta.url));
