import { setTimeout as pause } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import type { ProcessConfig } from '#libs/config';
import { Stopping } from '#libs/health';
import { ConnectionDrain } from '#libs/http';
import { type Phase, runPhases } from './phases.js';

/**
 * Ends one serving process without failing a request: told by `/health/ready` first, then the delay in which a balancer
 * turns away, then the connections, then what the modules hold. The log's last lines are written when the process ends.
 */
export class Shutdown {
  private readonly drain: ConnectionDrain;
  private running: Promise<void> | undefined;

  /**
   * @param app one that does not listen yet
   * @param lastWords what is left to be told when all requests are answered; default: nothing
   */
  constructor(
    private readonly app: NestFastifyApplication,
    private readonly config: ProcessConfig,
    private readonly logger: Logger<string, boolean>,
    private readonly lastWords: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.drain = new ConnectionDrain(app.getHttpServer());
  }

  /** Ends the process, of which the service consists or whose going ends a part of it. */
  endService(): void {
    this.app.get(Stopping).begin();
    this.running ??= this.end(this.config.shutdownDelayMs);
  }

  /** Ends the process while others go on: nobody has to turn away, so nothing is told and nothing waited for. */
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

  private phases(): Phase[] {
    return [
      { name: 'answering the requests in flight', run: () => this.drain.end() },
      { name: 'telling the last numbers', run: this.lastWords },
      { name: 'closing what the modules hold (Postgres, Redis)', run: () => this.app.close() },
    ];
  }
}
