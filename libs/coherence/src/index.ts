export { type GroupsOf, WriteThrough } from './change-applier.js';
export { ChangeFeed, type FeedAnswer } from './change-feed.js';
export { CoherenceModule, prefixesOf, type TablesFactory } from './coherence.module.js';
export { RecordingWatch } from './database-watch.js';
export type { OriginVersions } from './meters.js';
