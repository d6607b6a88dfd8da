// The public entry point of @hotshelf/coherence.
export {
  ChangeFeed,
  CoherenceModule,
  type FeedAnswer,
  type GroupsOf,
  type OriginVersions,
  prefixesOf,
  WriteThrough,
} from '#libs/coherence';
export { CoherenceEvents } from '#libs/coherence/events';
export {
  BatchLoader,
  BatchLoaders,
  type BeforeCommit,
  type Change,
  DatabaseLink,
  DatabaseWriter,
  DbModule,
  MigrationError,
  type MigrationOptions,
  migration,
  type RecordedTable,
  type RecordingSchema,
  recordedTable,
  runMigrations,
  type Sql,
  type TrackedTable,
  trackTable,
  untrackTable,
  type Written,
} from '#libs/db';
