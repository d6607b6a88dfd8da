export { createService, type ServiceConfig } from './create-service.js';
export { listen } from './listen.js';
export { serve } from './serve.js';
export { ServiceModule } from './service.module.js';
export { Shutdown } from './shutdown.js';
