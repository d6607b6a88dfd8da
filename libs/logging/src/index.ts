export {
  createLogger,
  LEVEL_SIGNAL,
  LoggingModule,
  RequestContext,
  requestFieldsOf,
} from './logging.module.js';
