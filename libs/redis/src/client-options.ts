import { createConnection, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AbstractConnector, Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '#libs/config';
import { BackOff, NameLookup, refusalOf } from '#libs/resilience';

/** One for the process, whose threads it bounds the use of. */
const names = new NameLookup();

/**
 * Connects to one server, as the driver's own connector does, but for two things: its name is looked up beside that of
 * Postgres, and over TLS the server is asked for the certificate of its name (SNI), as servers with several names need it.
 */
class RedisConnector extends AbstractConnector {
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

/** A connection to one Redis, or to a cluster of them: commands are the same. */
export type RedisClient = Redis | Cluster;

/** The one connection for commands, whatever kind of Redis is configured; null if none is. */
export class CommandClient {
  readonly client: RedisClient | null;
  private readonly isOwn: boolean;

  /**
   * @param given a connection that the caller has made by `singleClient` or `clusterClient`, and closes; default: an own one
   * @param like whose servers and credentials an own one has. Default: those of the configuration
   */
  constructor(config: RedisConfig, given?: RedisClient | null, like?: RedisClient | null) {
    this.isOwn = given === undefined;
    this.client = given !== undefined ? given : like ? clientLike(config, like) : clientOf(config);
  }

  /** Closes an own connection. Commands that are on their way are answered first, if Redis answers. */
  async close(): Promise<void> {
    const { client } = this;
    if (!this.isOwn || client === null || client.status === 'end') return;
    if (client.status === 'ready') await client.quit().catch(() => client.disconnect());
    else client.disconnect();
  }
}

const FIRST_PAUSE_MS = 250;
export const LAST_PAUSE_MS = 30_000;

/** Between the attempts while Redis refuses the service. */
export const slowPauses = () => new BackOff(FIRST_PAUSE_MS, LAST_PAUSE_MS);

/** The driver names the error of one node only in that of the whole cluster. */
export function causeOf(error: Error & { lastNodeError?: Error | null }): Error {
  return error.lastNodeError ?? error;
}

/**
 * Slows the reconnects of a client down while Redis refuses its login. A server that was away comes back and is tried
 * soon; a wrong password does not become right.
 */
export function slowDownIfRefused(client: RedisClient): void {
  const pauses = slowPauses();
  let isRefused = false;
  client.on('error', (error: Error) => {
    isRefused = refusalOf(causeOf(error)) !== undefined;
  });
  client.on('ready', () => {
    isRefused = false;
    pauses.reset();
  });
  if (client instanceof Cluster) {
    const usual = client.options.clusterRetryStrategy;
    client.options.clusterRetryStrategy = (attempt, reason) =>
      isRefused ? pauses.nextMs() : usual?.(attempt, reason);
  } else {
    const usual = client.options.retryStrategy;
    client.options.retryStrategy = (attempt) => (isRefused ? pauses.nextMs() : usual?.(attempt));
  }
}

const LAST_RETRY_MS = 500;
const TRACKING_TIMEOUT_MS = 500;
/** Together far less than the deadline of a command, so that the refusal itself is the outcome. */
const TRY_AGAIN_MS = 10;
const MAX_REDIRECTIONS = 3;

// A fleet that lost its Redis together should not come back in step.
const retryDelayMs = (attempt: number) => Math.min(attempt * 50, LAST_RETRY_MS) * (0.5 + Math.random() / 2);

/**
 * How commands travel. No request ever waits for Redis to come back: nothing is queued while it is away, nothing is
 * sent again after a reconnect, and a command has a deadline.
 */
function connection(config: RedisConfig) {
  return {
    connectionName: 'hotshelf',
    Connector: RedisConnector,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: config.commandTimeoutMs,
    connectTimeout: config.connectTimeoutMs,
    keepAlive: 1_000,
    // The driver would wait for as long as a server that loads its data says that it will take, up to 10 s: a guess that is
    // far too long when it has just begun.
    maxLoadingRetryTime: /* guard(loading-redis-is-not-waited-for): = 10_000 */ LAST_RETRY_MS,
  };
}

/**
 * The driver does not pipeline by itself: for each pipeline it copies all commands that it knows, some hundreds, and what it copied
 * stays until the whole heap is collected. Calls of one moment share a script instead.
 */
export function singleClient(config: RedisConfig, url: string) {
  return {
    ...connection(config),
    url,
    keyPrefix: config.namespace,
    lazyConnect: true,
    retryStrategy: retryDelayMs,
  };
}

/**
 * A link that only listens. RESP2, since the driver drops the pushes of RESP3. The driver does not resubscribe, since a
 * subscription without tracking would receive nothing and look alive.
 *
 * @param server the connection to the server to listen to
 */
export function trackingClient(config: RedisConfig, server: RedisOptions) {
  const { host, port, path, db, username, password, tls, family } = server;
  const address = { host, port, path, db, username, password, tls, family };
  return {
    ...connection(config),
    // No request waits for its commands; the deadline is for a server that takes the connection and does not answer.
    commandTimeout: TRACKING_TIMEOUT_MS,
    ...Object.fromEntries(
      Object.entries(address).filter(([, value]) => value !== undefined && value !== null),
    ),
    connectionName: 'hotshelf-tracking',
    protocol: 2 as const,
    autoResubscribe: false,
    lazyConnect: true,
    retryStrategy: retryDelayMs,
    // A silent peer confirms no goodbye either.
    disconnectTimeout: 50,
  };
}

/** @param urls some of the nodes; the driver discovers the others. TLS and the password are those of the first. */
export function clusterClient(config: RedisConfig, urls: readonly string[]) {
  const first = new URL(urls[0] ?? '');
  return {
    nodes: [...urls],
    // Not in `redisOptions`: the connections to single nodes carry commands whose keys are complete.
    keyPrefix: config.namespace,
    lazyConnect: true,
    // It sorts them by master, too.
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryDelayMs,
    // While a slot migrates, a script whose two keys lie on both nodes is refused (TRYAGAIN). The driver's 100 ms pause
    // outlasts the command's deadline: each such script would count as a timeout, and open the breaker for every slot.
    retryDelayOnTryAgain: TRY_AGAIN_MS,
    maxRedirections: MAX_REDIRECTIONS,
    slotsRefreshTimeout: config.connectTimeoutMs,
    // Names stay names until a node is connected to: certificates are for names.
    dnsLookup: (name: string, found: (error: null, address: string) => void) => found(null, name),
    redisOptions: {
      ...connection(config),
      // A replica that was promoted elsewhere: only a new connection finds the new primary.
      reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 1 : false) as 1 | false,
      ...(first.username !== '' && { username: decodeURIComponent(first.username) }),
      ...(first.password !== '' && { password: decodeURIComponent(first.password) }),
      ...(first.protocol === 'rediss:' && { tls: {} }),
    },
  };
}

function clientOf(config: RedisConfig): RedisClient | null {
  const { server } = config;
  if (server.kind === 'absent') return null;
  if (server.kind === 'single') {
    const { url, ...options } = singleClient(config, server.url);
    return new Redis(url, options);
  }
  const { nodes, ...options } = clusterClient(config, server.urls);
  return new Cluster(nodes, options);
}

/**
 * A connection to the servers of another one, with its credentials, and with the deadlines of this lib: the other one queues commands while
 * Redis is away, and may have a prefix of its own.
 */
function clientLike(config: RedisConfig, like: RedisClient): RedisClient {
  if (like.isCluster) {
    const { nodes: _, redisOptions, ...options } = clusterClient(config, ['redis://like']);
    const { replyMapping: _usual, ...theirs } = (like as Cluster).options.redisOptions ?? {};
    return (like as Cluster).duplicate([], { ...options, redisOptions: { ...theirs, ...redisOptions } });
  }
  const { url: _, ...options } = singleClient(config, '');
  const { replyMapping: _usual, ...theirs } = (like as Redis).options;
  return new Redis({ ...theirs, ...options });
}

/**
 * The addresses of a client, without its credentials.
 *
 * @throws TypeError for a client of sentinels
 */
export function addressesOf(client: RedisClient): string {
  if (client.isCluster) {
    const { startupNodes } = client as unknown as {
      startupNodes: readonly (string | number | RedisOptions)[];
    };
    return startupNodes.map((node) => (typeof node === 'object' ? urlOf(node) : `redis://${node}`)).join();
  }
  const { options } = client as Redis;
  if (options.sentinels)
    throw new TypeError('a Redis client of sentinels cannot be taken: give the address of the master');
  return urlOf(options);
}

const urlOf = ({ host = '127.0.0.1', port = 6379, tls }: RedisOptions) =>
  `${tls ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
