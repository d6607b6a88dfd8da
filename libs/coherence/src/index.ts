export { CoherenceModule } from './coherence.module.js';
export type { GroupsOf } from './relay/groups-of.js';
export { WriteThrough } from './writing/write-through.js';
