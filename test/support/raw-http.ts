import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it goes over the wire, past every client that would tidy it up. */
export function rawRequest(requestLine: string, headers: readonly string[] = [], body = ''): string {
  return `${[requestLine, 'Host: x', ...headers].join('\r\n')}\r\n\r\n${body}`;
}

/** Ends a connection on which the server would wait for more. */
export const LAST_REQUEST = rawRequest('GET /health/live HTTP/1.1', ['Connection: close']);

/** Sends bytes over a connection of their own. @returns what came back until the server closed it */
export async function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  return text(socket);
}

/** What came back over one connection, answer by answer. */
export function answersOf(received: string): string[] {
  return received.split(/(?=HTTP\/1\.1 \d{3} )/);
}
