export { createService, type ServiceConfig } from './create-service.js';
export { type HotshelfAsyncOptions, HotshelfModule, type HotshelfOptions } from './hotshelf.module.js';
export { listen, Shutdown, serve, startService } from './serve.js';
