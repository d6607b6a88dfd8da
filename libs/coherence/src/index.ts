export { CoherenceModule } from './coherence.module.js';
export type { SourceVersions } from './meter/source-versions.js';
export type { GroupsOf } from './relay/groups-of.js';
export { WriteThrough } from './writing/write-through.js';
