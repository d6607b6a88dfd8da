import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Which connections: those of the tracking links, or all. */
export type Target = 'tracking' | 'all';

interface Passage {
  readonly near: Socket;
  readonly far: Socket;
  tracking: boolean;
  silent: boolean;
}

/** Stands between a client and a server on this machine, and does to connections what a network does. */
export interface TcpProxy {
  readonly port: number;
  /** As in REDIS_URL. */
  readonly url: string;
  /** How many connections came in so far. */
  readonly opened: number;
  /** Where new connections lead from now on, on this machine. */
  leadTo(port: number): void;
  /** Ends connections as a reset does; default: all. */
  cut(target?: Target): void;
  /**
   * From now on nothing gets through, without a FIN or RST, as with a peer that vanished: connections, old and new.
   *
   * @param target default: all
   * @returns `pass`
   */
  swallow(target?: Target): () => void;
  /** New connections get through again. Those that were swallowed stay silent. */
  pass(): void;
  /** Resets every connection and refuses new ones, as a machine does whose server was ended. */
  refuse(): Promise<void>;
  /** Takes connections again, on the same port. */
  accept(): Promise<void>;
  stop(): Promise<void>;
}

/** @param server its address, whose host is taken for this machine; default: set later by `leadTo` */
export async function startTcpProxy(server?: string): Promise<TcpProxy> {
  const passages = new Set<Passage>();
  let serverPort = server === undefined ? 0 : Number(new URL(server).port);
  let swallowing: Target | undefined;
  let opened = 0;
  const those = (target: Target) => [...passages].filter(({ tracking }) => target === 'all' || tracking);
  const pass = () => {
    swallowing = undefined;
  };
  const proxy = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1');
    const passage = { near, far, tracking: false, silent: swallowing === 'all' };
    passages.add(passage);
    opened += 1;
    near.on('data', (bytes) => {
      if (/TRACKING/i.test(bytes.toString('latin1'))) passage.tracking = true;
      if (passage.tracking && swallowing === 'tracking') passage.silent = true;
    });
    carry(passage, near, far);
    carry(passage, far, near);
    near.once('close', () => passages.delete(passage));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get opened() {
      return opened;
    },
    leadTo: (next) => {
      serverPort = next;
    },
    cut: (target = 'all') => {
      for (const { near } of those(target)) near.resetAndDestroy();
    },
    swallow: (target = 'all') => {
      swallowing = target;
      for (const passage of those(target)) passage.silent = true;
      return pass;
    },
    pass,
    refuse: async () => {
      const closed = once(proxy, 'close');
      proxy.close();
      for (const { near } of passages) near.resetAndDestroy();
      await closed;
    },
    accept: async () => {
      proxy.listen(port, '127.0.0.1');
      await once(proxy, 'listening');
    },
    stop: async () => {
      for (const { near } of passages) near.destroy();
      if (!proxy.listening) return;
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

function carry(passage: Passage, from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    if (!passage.silent) to.write(bytes);
  });
  from.on('error', () => undefined);
  from.on('close', () => to.destroy());
}
