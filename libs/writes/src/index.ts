export {
  EntityWrites,
  made,
  Precondition,
  type WritableResource,
  type WriteResult,
  WritesModule,
} from './entity-writes.js';
export { Idempotent, type WrittenKind, writeDocs } from './write-docs.js';
export {
  attemptOf,
  breaks,
  IfMatch,
  Input,
  idField,
  MAX_NAME_CHARACTERS,
  nameField,
  newId,
  Reply,
  readOnlyField,
  repeatedId,
  sendResult,
} from './write-routes.js';
