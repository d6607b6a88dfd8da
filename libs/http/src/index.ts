export { addDocument, type DocumentOptions } from './add-document.js';
export { addJsonBodies, JSON_MEDIA_TYPE, JsonBody, MERGE_PATCH_MEDIA_TYPE } from './bodies.js';
export { ConnectionDrain } from './connections/connection-drain.js';
export { InternalPort } from './connections/internal-port.js';
export { HttpEvents } from './events.js';
export { CrossOrigin, NO_ORIGIN, type OriginHeaders } from './hardening/cross-origin.js';
export { hardenServer } from './hardening/harden-server.js';
export type { IsServed } from './hardening/refuse-odd-requests.js';
export { oddityOf } from './hardening/refuse-odd-requests.js';
export {
  ConstantHeaders,
  type HeaderList,
  SECURITY_HEADERS,
  type SecurityHeaders,
} from './hardening/security-headers.js';
export { HttpModule } from './http.module.js';
export { Pressure, shedWrites } from './limits/pressure.js';
export { addWriteLimit, MissAdmission } from './limits/rate-limits.js';
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
} from './requests/request-hooks.js';
export { requestIdOf } from './requests/request-log.js';
export { ServerFront } from './requests/server-front.js';
export { serverOptions } from './requests/server-options.js';
export {
  EntityIdPipe,
  entityIdRule,
  entityIdSchema,
  idempotencyKeyOf,
  idempotencyKeySchema,
  invalidFields,
  isEntityId,
  limitParameter,
  validate,
} from './validation.js';
