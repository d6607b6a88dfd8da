export type { GroupsOf } from './change-applier.js';
export { ChangeFeed, type FeedAnswer } from './change-feed.js';
export { CoherenceModule, prefixesOf, type TablesFactory } from './coherence.module.js';
export type { OriginVersions } from './consistency-meter.js';
export { RecordingWatch } from './recording-watch.js';
export { WriteThrough } from './write-through.js';
