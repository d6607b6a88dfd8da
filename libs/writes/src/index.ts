export { EntityWrites } from './entity-writes.js';
export {
  breaks,
  idField,
  MAX_NAME_CHARACTERS,
  nameField,
  namePattern,
  newId,
  otherId,
  readOnlyField,
} from './fields.js';
export { Precondition } from './precondition.js';
export { Answers, BodyProblems, Conditional, Idempotent, OnEntity } from './write-docs.js';
export { attemptOf, sendResult } from './write-routes.js';
export { WritesModule } from './writes.module.js';
export { made, type WritableResource, type WriteResult } from './written.js';
