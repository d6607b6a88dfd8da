export { type ConfigFactory, ConfigModule } from './config.module.js';
