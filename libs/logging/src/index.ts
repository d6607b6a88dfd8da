export { createLogger } from './create-logger.js';
export { LoggingModule } from './logging.module.js';
export { RequestContext, requestFieldsOf } from './request-context.js';
export { requestIdOf } from './request-id.js';
