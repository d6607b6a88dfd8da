import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

interface Passage {
  readonly near: Socket;
  readonly far: Socket;
  silent: boolean;
}

/** Stands between a client and a server on this machine, and does to connections what a network does. */
export interface TcpProxy {
  readonly port: number;
  /** As in REDIS_URL. */
  readonly url: string;
  /** How many connections came in so far. */
  readonly opened: number;
  /** Ends every connection as a reset does. */
  cut(): void;
  /** From now on nothing gets through and nobody is told, as with a peer that vanished: connections, old and new. */
  swallow(): void;
  /** New connections get through again. Those that were swallowed stay silent. */
  pass(): void;
  stop(): Promise<void>;
}

/** @param target the server's address; its host is taken for this machine */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const passages = new Set<Passage>();
  let swallowing = false;
  let opened = 0;
  const server = createServer((near) => {
    const passage = { near, far: connect(Number(new URL(target).port), '127.0.0.1'), silent: swallowing };
    passages.add(passage);
    opened += 1;
    carry(passage, near, passage.far);
    carry(passage, passage.far, near);
    near.once('close', () => passages.delete(passage));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get opened() {
      return opened;
    },
    cut: () => {
      for (const { near } of passages) near.resetAndDestroy();
    },
    swallow: () => {
      swallowing = true;
      for (const passage of passages) passage.silent = true;
    },
    pass: () => {
      swallowing = false;
    },
    stop: async () => {
      for (const { near } of passages) near.destroy();
      server.close();
      await once(server, 'close');
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
