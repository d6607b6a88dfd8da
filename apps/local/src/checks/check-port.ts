import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Tries whether the service could listen there, by listening there: only that knows about other programs, rights
 * and addresses that are not this machine's.
 *
 * @param port 0: any
 * @returns what is wrong, naming the variable; undefined where all is well
 */
export async function checkPort(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    return complaint(host, port, error as NodeJS.ErrnoException);
  }
  server.close();
  await once(server, 'close');
  return undefined;
}

function complaint(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return `PORT ${port} is taken: something listens on ${host} there already. Choose another one, as in PORT=${port + 1} npm start`;
    case 'EACCES':
      return `PORT ${port} is not open to this user. Choose one above 1023, as in PORT=3000 npm start`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST ${host} is no address of this machine. 127.0.0.1 is for itself alone, 0.0.0.0 for all networks`;
    default:
      return `PORT ${port} of HOST ${host} can't be listened on: ${message}`;
  }
}
