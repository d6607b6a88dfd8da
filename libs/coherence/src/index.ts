export { type GroupsOf, WriteThrough } from './change-applier.js';
export { ChangeFeed, type FeedAnswer } from './change-feed.js';
export { CoherenceModule, prefixesOf, type TablesFactory } from './coherence.module.js';
export type { OriginVersions } from './meters.js';
export { RecordingWatch } from './recording-watch.js';
