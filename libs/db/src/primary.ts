import { AsyncResource } from 'node:async_hooks';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { DatabaseConfig } from '#libs/config';
import { cutOff } from '#libs/internals';
import { ProcessLogger } from '#libs/resilience';
import { PostgresPolicy } from '#libs/resilience/nest';
import { Connections } from './connections.js';
import { askForSignOfLife } from './session.js';

const EVERY_MS = 500;

/**
 * Follows the primary. After a failover the address leads to the new primary, while the old one may live on read-only: its
 * connections never break, answer reads of the past and refuse every change. So once a connection turns out to be
 * read-only, a new one shows what the address leads to. A server that takes changes replaces all connections; one that
 * takes none is all there is, and serves reads.
 */
@Injectable()
export class Primary implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new ProcessLogger('Postgres');
  private readonly sessions = new Set<pg.Client>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(
    private readonly connections: Connections,
    private readonly config: DatabaseConfig,
    @Inject(PostgresPolicy) private readonly policy: PostgresPolicy,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.look(), EVERY_MS).unref();
    // Not in the context of the refused request, whose id the log lines would carry.
    this.connections.onRefused(AsyncResource.bind(() => void this.look(true)));
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * Lets a session beside the pool end when the address leads to another server, so that its owner opens a new one.
   *
   * @returns the session
   */
  adopt(session: pg.Client): pg.Client {
    this.sessions.add(session);
    session.once('end', () => this.sessions.delete(session));
    return session;
  }

  /** @param refused whether a change was refused, which says that there is a read-only connection */
  private async look(refused = false): Promise<void> {
    // A Postgres that is given up on is asked by one probe, not by everybody.
    if (this.looking || !this.connections.areThere || this.policy.state !== 'closed') return;
    this.looking = true;
    try {
      const { isReadOnly } = this.connections;
      if (refused || isReadOnly || (await this.connections.anyIsReadOnly())) await this.follow(isReadOnly);
    } finally {
      this.looking = false;
    }
  }

  private async follow(knownReadOnly: boolean): Promise<void> {
    // Not reachable at the moment: the connections that there are go on serving reads, and the next look asks again.
    const role = await askForSignOfLife(this.config).catch(() => undefined);
    if (role === 'read-write') {
      this.connections.turnedWritable();
      for (const session of this.sessions) cutOff(session);
      this.logger.log('the address leads to a server that takes changes: all connections are replaced');
    } else if (role === 'read-only' && !knownReadOnly) {
      this.connections.turnedReadOnly();
      this.logger.warn(
        'read-only: reads are served, changes are refused until the address leads to a primary',
      );
    }
  }
}
