import './tune-heap.js';
import { readConfig } from '#libs/config';
import { configureApp } from './configure-app.js';
import { exitWith } from './exit-with.js';

try {
  const config = readConfig();
  const app = await configureApp(config);
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(config.server.port, config.server.host);
} catch (error) {
  exitWith(error);
}
