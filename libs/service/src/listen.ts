import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ConfigError, type ServerConfig } from '#libs/config';
import { InternalPort } from '#libs/http';
import { ProcessLogger } from '#libs/resilience';

const logger = new ProcessLogger('Service');

/**
 * Listens on the public port, and on the port for operators if there is one.
 *
 * @throws ConfigError if the port for operators cannot be had; the system's own error for the public one
 */
export async function listen(app: NestFastifyApplication, server: ServerConfig): Promise<void> {
  await app.listen(server.port, server.host);
  if (server.metricsPort !== null) await listenInside(app, server, server.metricsPort);
  const inside = server.metricsPort === null ? '' : `, for operators on port ${server.metricsPort}`;
  logger.log(`listening on ${await app.getUrl()}${inside}`);
}

async function listenInside(
  app: NestFastifyApplication,
  { host }: ServerConfig,
  metricsPort: number,
): Promise<void> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  try {
    await app.get(InternalPort).listen(fastify, fastify.initialConfig, host, metricsPort);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const rule =
      code === 'EADDRINUSE' ? 'free; another process listens on it' : 'one that this user may listen on';
    throw new ConfigError([{ name: 'METRICS_PORT', message: `METRICS_PORT must be ${rule} (${code}).` }]);
  }
}
