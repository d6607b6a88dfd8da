export { createLogger } from './create-logger.js';
export { LoggingModule } from './logging.module.js';
export { RequestContext } from './request-context.js';
export { requestIdOf } from './request-id.js';
