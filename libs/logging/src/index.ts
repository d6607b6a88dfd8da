export { LEVEL_SIGNAL } from './level-switch.js';
export { createLogger, LoggingModule } from './logging.module.js';
export { RequestContext, requestFieldsOf, requestIdOf } from './request-context.js';
