import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { register } from 'prom-client';
import { readConfig } from '#libs/config';
import { configureApp } from '#src/apps/api/src/configure-app';

/** The service in this process, with an eye on what reaches its router. */
export interface RoutedApp {
  readonly url: string;
  readonly app: NestFastifyApplication;
  /** How many requests its router has seen. */
  routed(): number;
  stop(): Promise<void>;
}

/**
 * The metrics of a process have one registry: those of the service that was started last are on its page.
 *
 * @param addRoutes more routes than the service has of itself
 */
export async function startRoutedApp(
  settings: Record<string, string>,
  addRoutes: (fastify: FastifyInstance) => void = () => {},
): Promise<RoutedApp> {
  const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', PORT: '0', ...settings });
  register.clear();
  const app = await configureApp(config);
  let routed = 0;
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (_request, _reply, done) => {
    routed += 1;
    done();
  });
  addRoutes(fastify);
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), app, routed: () => routed, stop: () => app.close() };
}
