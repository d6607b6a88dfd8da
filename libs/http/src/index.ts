export { HttpEvents } from './events.js';
export { HttpModule } from './http.module.js';
export { EntityIdPipe, entityIdRule, isEntityId } from './requests/entity-id.js';
export { addRequestHooks } from './requests/request-hooks.js';
export { serverOptions } from './requests/server-options.js';
export { invalidFields, validate } from './validation/validate.js';
