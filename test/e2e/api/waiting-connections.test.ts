import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { LAST_REQUEST } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';

/** More than Node lets wait by default, and no more than a process may open anywhere. */
const CLIENTS = 800;

/** How many the system lets wait at a port; where it does not say, as many as every system does. */
function systemLimit(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  } catch {
    return 128;
  }
}

describe('new clients of a process that is busy', () => {
  const sockets: Socket[] = [];
  let api: Api;

  before(async () => {
    api = await startApi({ DATABASE_URL: 'postgres://nouser:x@127.0.0.1:1/none' });
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await api.stop();
  });

  it('wait for their turn, hundreds of them, and are all answered', async () => {
    const clients = Math.min(CLIENTS, systemLimit());
    let connected = 0;
    let answered = 0;
    process.kill(api.pid, 'SIGSTOP');
    try {
      for (let n = 0; n < clients; n += 1) {
        const socket = connect(Number(new URL(api.url).port), '127.0.0.1', () => {
          connected += 1;
          socket.write(LAST_REQUEST);
        });
        socket.once('data', (answer) => {
          if (String(answer).startsWith('HTTP/1.1 200 OK')) answered += 1;
        });
        socket.on('error', () => undefined);
        sockets.push(socket);
      }
      await until(`${clients} clients are connected`, () => connected === clients, 10_000);
    } finally {
      process.kill(api.pid, 'SIGCONT');
    }
    await until(`${clients} clients are answered`, () => answered === clients);
  });
});
