import { Catalogue1700000000001 } from './0001-catalogue.js';
import { Outbox1700000000002 } from './0002-outbox.js';
import { UncategorisedProducts1700000000003 } from './0003-uncategorised-products.js';
import { IdempotencyKeys1700000000004 } from './0004-idempotency-keys.js';
import { UncategorisedListing1700000000005 } from './0005-uncategorised-listing.js';
import { DatabaseHistory1700000000006 } from './0006-database-history.js';
import { RecordedKinds1700000000007 } from './0007-recorded-kinds.js';
import { VersionRange1700000000008 } from './0008-version-range.js';

/** Every migration, oldest first. A migration that was released is never edited. */
export const MIGRATIONS = [
  Catalogue1700000000001,
  Outbox1700000000002,
  UncategorisedProducts1700000000003,
  IdempotencyKeys1700000000004,
  UncategorisedListing1700000000005,
  DatabaseHistory1700000000006,
  RecordedKinds1700000000007,
  VersionRange1700000000008,
];
