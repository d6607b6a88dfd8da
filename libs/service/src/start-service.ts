import type { Type } from '@nestjs/common';
import { readConfig } from '#libs/config';
import { StopSignals } from '#libs/workers';
import { createService } from './create-service.js';
import { serve } from './serve.js';

/**
 * Starts a service in this process: listens on `HOST` and `PORT`, and ends on SIGTERM or SIGINT without failing a request.
 *
 * @param module the root module of the application, whose imports have `HotshelfModule.forRoot`
 * @throws ConfigError for invalid settings; WiringError for a module that would serve outdated answers
 */
export async function startService(module: Type): Promise<void> {
  const signals = new StopSignals();
  const config = readConfig(process.env, ['server', 'edge', 'process']);
  await serve(await createService({ module }, config), config, signals);
}
