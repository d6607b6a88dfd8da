import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Target = 'tracking' | 'all';

interface Passage {
  readonly client: Socket;
  readonly server: Socket;
  tracking: boolean;
  swallowed: boolean;
}

/** Stands between the service and a Redis, and can cut or swallow connections: those that listen for changes, or all. */
export interface TcpProxy {
  readonly port: number;
  /** Where connections lead from now on, on this machine. */
  leadTo(port: number): void;
  /** Ends what there is, as a reset does. */
  cut(target: Target): void;
  /** From now until it is called, nothing gets through, and nobody is told. Connections that were swallowed stay so. */
  swallow(target: Target): () => void;
  stop(): Promise<void>;
}

export async function startTcpProxy(): Promise<TcpProxy> {
  const passages = new Set<Passage>();
  let targetPort = 0;
  let swallowing: Target | null = null;
  const hit = (passage: Passage, target: Target) => target === 'all' || passage.tracking;

  const server = createServer((client) => {
    const passage: Passage = {
      client,
      server: connect(targetPort, '127.0.0.1'),
      tracking: false,
      swallowed: swallowing === 'all',
    };
    passages.add(passage);
    client.on('data', (bytes) => {
      if (/TRACKING/i.test(bytes.toString('latin1'))) passage.tracking = true;
      if (swallowing !== null && hit(passage, swallowing)) passage.swallowed = true;
      if (!passage.swallowed) passage.server.write(bytes);
    });
    passage.server.on('data', (bytes) => {
      if (!passage.swallowed) client.write(bytes);
    });
    for (const [one, other] of [
      [client, passage.server],
      [passage.server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => {
        passages.delete(passage);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port) => {
      targetPort = port;
    },
    cut: (target) => {
      for (const passage of passages) if (hit(passage, target)) passage.client.resetAndDestroy();
    },
    swallow: (target) => {
      swallowing = target;
      for (const passage of passages) if (hit(passage, target)) passage.swallowed = true;
      return () => {
        swallowing = null;
      };
    },
    stop: async () => {
      for (const { client } of passages) client.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
