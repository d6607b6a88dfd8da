import { Catalogue1700000000001 } from './0001-catalogue.js';
import { Outbox1700000000002 } from './0002-outbox.js';
import { UncategorisedListing1700000000005 } from './0005-uncategorised-listing.js';

/** Every migration, oldest first. A migration that was released is never edited. */
export const MIGRATIONS = [Catalogue1700000000001, Outbox1700000000002, UncategorisedListing1700000000005];
