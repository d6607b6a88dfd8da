export { HttpEvents } from './events.js';
export { HttpModule } from './http.module.js';
export { ConstantHeaders } from './requests/constant-headers.js';
export { EntityIdPipe, isEntityId } from './requests/entity-id.js';
export { RequestHooks } from './requests/request-hooks.js';
export { ServerFront } from './requests/server-front.js';
export { serverOptions } from './requests/server-options.js';
export { ServerState } from './requests/server-state.js';
