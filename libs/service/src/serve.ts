import { setTimeout as pause } from 'node:timers/promises';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import { ConfigError, type ProcessConfig, readConfig, type ServerConfig } from '#libs/config';
import { Stopping } from '#libs/health';
import { ConnectionDrain, HttpEvents, InternalPort } from '#libs/http';
import { ProcessLogger } from '#libs/resilience';
import { StopSignals } from '#libs/workers';
import { createService } from './create-service.js';

const logger = new ProcessLogger('Service');

/**
 * Connections that may wait to be accepted, as far as the system lets them (`net.core.somaxconn`). Node accepts one per turn of
 * its event loop. When a sale begins, a turn takes long and new clients come by the hundred: behind Node's default of 511 the
 * system drops them, and they try again after a second.
 */
const WAITING_CONNECTIONS = 4_096;

/**
 * Listens on the public port, and on the port for operators if there is one.
 *
 * @throws ConfigError if the port for operators cannot be had; the system's own error for the public one
 */
export async function listen(app: NestFastifyApplication, server: ServerConfig): Promise<void> {
  await app.listen({ port: server.port, host: server.host, backlog: WAITING_CONNECTIONS });
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

/**
 * Listens, in a process of its own, until a signal ends it: no request in flight is cut off.
 */
export async function serve(
  app: NestFastifyApplication,
  config: { readonly server: ServerConfig; readonly process: ProcessConfig },
  signals: StopSignals,
): Promise<void> {
  const { logger } = await app.resolve(PinoLogger);
  const shutdown = new Shutdown(app, config.process, logger);
  await listen(app, config.server);
  // Only now: stopped before that, it has nothing to put in order, and ends.
  signals.handle(() => shutdown.endService());
  // A terminal that has gone. With several workers there is a better use for it.
  signals.listenTo('SIGHUP');
}

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

/** One step of an orderly end. */
export interface Phase {
  /** What it does, for the line that says what hung. */
  readonly name: string;
  run(): Promise<void>;
}

export type PhasesOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'hung'; readonly name: string }
  | { readonly kind: 'failed'; readonly name: string; readonly error: unknown };

/**
 * Runs them one after the other, all within one time. One that fails does not keep the later ones from running.
 *
 * @param timeoutMs for all of them together, in milliseconds
 */
export async function runPhases(phases: readonly Phase[], timeoutMs: number): Promise<PhasesOutcome> {
  const over = Promise.withResolvers<'over'>();
  const timer = setTimeout(() => over.resolve('over'), timeoutMs);
  let outcome: PhasesOutcome = { kind: 'done' };
  try {
    for (const { name, run } of phases) {
      const ended = run().then(
        () => undefined,
        (error: unknown) => {
          outcome = { kind: 'failed', name, error };
        },
      );
      if ((await Promise.race([ended, over.promise])) === 'over') return { kind: 'hung', name };
    }
    return outcome;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Ends one serving process without failing a request: `/health/ready` says so first, then comes the delay in which a balancer
 * turns away, then the connections end, then the modules close. The log's last lines are written when the process ends.
 */
export class Shutdown {
  private readonly drain: ConnectionDrain;
  private running: Promise<void> | undefined;

  /**
   * @param app one that does not listen yet
   * @param lastWords called when all requests are answered, to report the last numbers. Default: nothing
   */
  constructor(
    private readonly app: NestFastifyApplication,
    private readonly config: ProcessConfig,
    private readonly logger: Logger<string, boolean>,
    private readonly lastWords: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.drain = new ConnectionDrain(app.getHttpServer());
  }

  /** Ends the process and says so to the balancer: it is the service, or a part of it that ends for good. */
  endService(): void {
    this.app.get(Stopping).begin();
    this.running ??= this.end(this.config.shutdownDelayMs);
  }

  /** Ends the process while the other workers go on: no client has to turn away, so there is no delay. */
  endWorker(): void {
    this.running ??= this.end(0);
  }

  private async end(delayMs: number): Promise<void> {
    this.logger.info({ delayMs }, 'stopping');
    this.drain.begin();
    await pause(delayMs);
    const outcome = await runPhases(this.phases(), this.config.shutdownTimeoutMs);
    if (outcome.kind === 'done') process.exit(0);
    if (outcome.kind === 'failed')
      this.logger.fatal({ err: outcome.error }, `stopping failed: ${outcome.name}`);
    else this.logger.fatal({ openConnections: this.drain.open }, `stopping took too long: ${outcome.name}`);
    process.exit(1);
  }

  private answerAll(): Promise<void> {
    this.app.get(HttpEvents).drain();
    return this.drain.end();
  }

  private phases(): Phase[] {
    return [
      { name: 'answering the requests in flight', run: () => this.answerAll() },
      { name: 'reporting the last numbers', run: this.lastWords },
      { name: 'closing what the modules hold (Postgres, Redis)', run: () => this.app.close() },
    ];
  }
}
