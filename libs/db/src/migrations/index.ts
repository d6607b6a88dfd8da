import { Catalogue1700000000001 } from './0001-catalogue.js';
import { Outbox1700000000002 } from './0002-outbox.js';
import { UncategorisedProducts1700000000003 } from './0003-uncategorised-products.js';
import { IdempotencyKeys1700000000004 } from './0004-idempotency-keys.js';
import { UncategorisedListing1700000000005 } from './0005-uncategorised-listing.js';

/** Every migration, oldest first. A migration that was released is never edited. */
export const MIGRATIONS = [
  Catalogue1700000000001,
  Outbox1700000000002,
  UncategorisedProducts1700000000003,
  IdempotencyKeys1700000000004,
  UncategorisedListing1700000000005,
];
