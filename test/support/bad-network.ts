import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What happens to what is sent through. `cut-after`: each connection is reset once so many bytes have come back. */
export type Weather =
  | { readonly kind: 'fine' }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'cut-after'; readonly bytes: number };

/** A network between a client and a server on this machine, whose weather changes for all connections at once. */
export interface BadNetwork {
  readonly port: number;
  weather: Weather;
  /** A text that clients send, and what reaches the server instead, of the same length. */
  garbled: readonly [string, string] | undefined;
  /** Resets every connection. */
  cut(): void;
  stop(): Promise<void>;
}

/** @param portOf the server's port, asked for at each connection */
export async function startBadNetwork(portOf: () => number): Promise<BadNetwork> {
  const open = new Set<Socket>();
  let weather: Weather = { kind: 'fine' };
  let garbled: BadNetwork['garbled'];
  const current = () => weather;
  const asSent = (bytes: Buffer) => bytes;
  const asHeard = (bytes: Buffer) =>
    garbled === undefined ? bytes : Buffer.from(bytes.toString('latin1').replaceAll(...garbled), 'latin1');
  const server = createServer((near) => {
    if (weather.kind === 'refused') return near.resetAndDestroy();
    const far = connect(portOf(), '127.0.0.1');
    open.add(near);
    near.once('close', () => open.delete(near));
    carry(near, far, current, near, asHeard);
    carry(far, near, current, near, asSent);
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get weather() {
      return weather;
    },
    set weather(next) {
      weather = next;
    },
    get garbled() {
      return garbled;
    },
    set garbled(next) {
      garbled = next;
    },
    cut: () => {
      for (const near of open) near.resetAndDestroy();
    },
    stop: async () => {
      for (const near of open) near.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What came in silence stays lost, and with it the connection: a stream with a hole in it is none. */
function carry(
  from: Socket,
  to: Socket,
  weather: () => Weather,
  near: Socket,
  heard: (bytes: Buffer) => Buffer,
): void {
  let lost = false;
  let carried = 0;
  from.on('data', (sent) => {
    const now = weather();
    lost ||= now.kind === 'silent';
    carried += sent.length;
    if (lost) return;
    const bytes = heard(sent);
    if (now.kind === 'late') setTimeout(() => to.write(bytes), now.ms);
    else to.write(bytes);
    if (now.kind === 'cut-after' && from !== near && carried > now.bytes) near.resetAndDestroy();
  });
  from.on('error', () => undefined);
  from.on('close', () => to.destroy());
}
