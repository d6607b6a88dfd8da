export { ConnectionDrain } from './connections/connection-drain.js';
export { HttpEvents } from './events.js';
export { HttpModule } from './http.module.js';
export { EntityIdPipe, isEntityId } from './requests/entity-id.js';
export { addRequestHooks } from './requests/request-hooks.js';
export { serverOptions } from './requests/server-options.js';
