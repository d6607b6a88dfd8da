export { addDocument, type DocumentOptions } from './add-document.js';
export { addJsonBodies, JSON_MEDIA_TYPE, jsonBodyOf, MERGE_PATCH_MEDIA_TYPE } from './bodies.js';
export { ConnectionDrain } from './connection-ends.js';
export { HttpEvents } from './events.js';
export { HttpModule } from './http.module.js';
export { addWriteLimit, MissAdmission, Pressure, shedWrites } from './limits.js';
export {
  type Acceptable,
  acceptableCodings,
  type Coding,
  ifMatchHolds,
  ifNoneMatchHolds,
  varyBy,
} from './negotiation.js';
export { type HttpReply, type HttpRequest, Platform } from './platform.js';
export {
  addEarlyTime,
  RequestHooks,
  type TraceContext,
  traceContextOf,
  writerIdOf,
} from './request-hooks.js';
export { requestIdOf } from './request-log.js';
export {
  EntityIdPipe,
  entityIdRule,
  entityIdSchema,
  type IsServed,
  isEntityId,
  oddityOf,
} from './request-rules.js';
export {
  ConstantHeaders,
  CrossOrigin,
  type HeaderList,
  NO_ORIGIN,
  type OriginHeaders,
  SECURITY_HEADERS,
  type SecurityHeaders,
} from './security-headers.js';
export { ServerFront } from './server-front.js';
export { hardenServer, InternalPort, serverOptions } from './server-setup.js';
export {
  idempotencyKeyOf,
  idempotencyKeySchema,
  invalidFields,
  limitParameter,
  validate,
} from './validation.js';
