import { createConnection, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import { NameLookup } from '#libs/resilience';

/** One for the process, whose threads it bounds the use of. */
const names = new NameLookup();

/**
 * Connects to one server, as the driver's own connector does, but for two things: its name is looked up beside that of
 * Postgres, and over TLS the server is asked for the certificate of its name (SNI), as servers with several names need it.
 */
export class RedisConnector extends AbstractConnector {
  private readonly options: RedisOptions;

  constructor(options: unknown) {
    const known = options as RedisOptions;
    super(known.disconnectTimeout ?? 0);
    this.options = known;
  }

  override async connect(): Promise<Socket | TLSSocket> {
    const { path, host = 'localhost', port = 6379, family = 0, tls } = this.options;
    this.connecting = true;
    // The driver listens to the stream a tick later; one that fails at once would not be heard.
    await Promise.resolve();
    if (!this.connecting) throw new Error('Connection is closed.');
    const address = path ? { path } : { host, port, family, lookup: names.lookup };
    const name = isIP(host) === 0 && !path ? { servername: host } : {};
    this.stream = tls ? connectTls({ ...address, ...name, ...tls }) : createConnection(address);
    this.stream.once('error', (error) => {
      this.firstError = error;
    });
    return this.stream;
  }
}
