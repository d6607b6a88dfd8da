import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

/**
 * A connection to a service, for what no HTTP client would send.
 *
 * @param options.allowHalfOpen whether this side stays open when the service closes its own; default false
 */
export async function dial(url: string, options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), ...options });
  await once(socket, 'connect');
  return socket;
}

/** Sends lines as they are and gives back all that comes until the service closes the connection. */
export async function exchange(url: string, lines: readonly string[], body = ''): Promise<string> {
  const socket = await dial(url);
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  return text(socket);
}

/** The same for answers whose bodies are no text. */
export async function exchangeBytes(url: string, lines: readonly string[]): Promise<Buffer> {
  const socket = await dial(url);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return buffer(socket);
}

/** The parts of one whole answer. */
export function parseAnswer(answer: string) {
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  const [statusLine = '', ...headerLines] = head.split('\r\n');
  const headers = new Headers(headerLines.map((line) => line.split(': ', 2) as [string, string]));
  return { status: Number(statusLine.split(' ')[1]), headers, body };
}

/** A request as it goes over the wire, past every client that would tidy it up. */
export function rawRequest(requestLine: string, headers: readonly string[] = [], body = ''): string {
  return `${[requestLine, 'Host: x', ...headers].join('\r\n')}\r\n\r\n${body}`;
}

/** Ends a connection on which the server would wait for more. */
export const LAST_REQUEST = rawRequest('GET /health/live HTTP/1.1', ['Connection: close']);

/** Sends bytes over a connection of their own. @returns what came back until the server closed it */
export async function converse(url: string, bytes: string): Promise<string> {
  const socket = await dial(url);
  socket.write(bytes);
  return text(socket);
}

/** What came back over one connection, answer by answer. */
export function answersOf(received: string): string[] {
  return received.split(/(?=HTTP\/1\.1 \d{3} )/);
}
