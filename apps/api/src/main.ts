import './tune-heap.js';
import { readConfig } from '#libs/config';
import { configureApp } from './configure-app.js';
import { exitWith } from './exit-with.js';
import { stopWhileStarting } from './stop-while-starting.js';

try {
  const started = stopWhileStarting();
  const config = readConfig();
  const app = await configureApp(config);
  app.enableShutdownHooks([], { useProcessExit: true });
  started();
  await app.listen(config.server.port, config.server.host);
} catch (error) {
  exitWith(error);
}
