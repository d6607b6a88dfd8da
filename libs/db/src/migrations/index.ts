import { Catalogue1700000000001 } from './0001-catalogue.js';

/** Every migration, oldest first. A migration that was released is never edited. */
export const MIGRATIONS = [Catalogue1700000000001];
