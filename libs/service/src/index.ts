export { createService, type ServiceConfig } from './create-service.js';
export {
  type HotshelfAsyncOptions,
  HotshelfModule,
  type HotshelfOptions,
  serviceModules,
} from './hotshelf.module.js';
export { listen, Shutdown, serve, startService } from './serve.js';
