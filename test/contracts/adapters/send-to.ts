import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

/** An answer as it came: nothing of it is decoded. */
export interface Came {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Sent {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** By Node's own client: `fetch` adds headers, and decodes bodies. */
export async function sendTo(url: string, { path, method, headers, body }: Sent): Promise<Came> {
  const sent = request(url + path, { method, headers });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers as Record<string, string>,
    body: Buffer.concat(chunks),
  };
}
