export {
  EntityWrites,
  made,
  Precondition,
  type WritableResource,
  type WriteResult,
  WritesModule,
} from './entity-writes.js';
export {
  breaks,
  Input,
  idField,
  MAX_NAME_CHARACTERS,
  nameField,
  newId,
  readOnlyField,
  repeatedId,
} from './inputs.js';
export {
  Answers,
  attemptOf,
  BodyProblems,
  Conditional,
  Idempotent,
  OnEntity,
  sendResult,
} from './write-routes.js';
