export { addDocument, type DocumentOptions } from './add-document.js';
export {
  addAnswerHeaders,
  ConstantHeaders,
  CrossOrigin,
  type HeaderList,
  NO_ORIGIN,
  type OriginHeaders,
  SECURITY_HEADERS,
  type SecurityHeaders,
  type TraceContext,
  traceContextOf,
} from './answer-headers.js';
export { ConnectionDrain } from './connection-ends.js';
export { HttpEvents } from './events.js';
export { HttpModule } from './http.module.js';
export {
  addJsonBodies,
  invalidFields,
  JSON_MEDIA_TYPE,
  jsonBodyOf,
  limitParameter,
  MERGE_PATCH_MEDIA_TYPE,
  validate,
} from './input.js';
export { addWriteLimit, MissAdmission, Pressure, shedWrites, writerIdOf } from './limits.js';
export {
  type Acceptable,
  acceptableCodings,
  type Coding,
  ifMatchHolds,
  ifNoneMatchHolds,
  varyBy,
} from './negotiation.js';
export { type HttpReply, type HttpRequest, Platform } from './platform.js';
export { addEarlyTime, emitAnswers, requestIdOf } from './request-log.js';
export {
  EntityIdPipe,
  entityIdRule,
  entityIdSchema,
  type IsServed,
  isEntityId,
  oddityOf,
} from './request-rules.js';
export { ServerFront } from './server-front.js';
export { hardenServer, InternalPort, serverOptions } from './server-setup.js';
