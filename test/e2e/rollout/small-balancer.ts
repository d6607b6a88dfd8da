import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const LOOK_EVERY_MS = 200;

/** Does what the balancer in front of the pods does: it sends requests to those that say they are ready. It tries none again. */
export interface SmallBalancer {
  readonly url: string;
  /** Requests that it could not get answered, in words. */
  readonly lost: readonly string[];
  /** Takes a process among those that it looks at. */
  add(url: string): void;
  /** The processes that it sends requests to now. */
  ready(): string[];
  stop(): Promise<void>;
}

export async function startSmallBalancer(): Promise<SmallBalancer> {
  const known = new Map<string, boolean>();
  const lost: string[] = [];
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const ready = () => [...known].flatMap(([url, isReady]) => (isReady ? [url] : []));

  const look = async () => {
    await Promise.all(
      [...known.keys()].map(async (url) => {
        // Over a connection of its own, as kubelets and balancers ask.
        const answer = await fetch(`${url}/health/ready`, { headers: { connection: 'close' } }).catch(
          () => undefined,
        );
        await answer?.arrayBuffer();
        known.set(url, answer?.ok === true);
      }),
    );
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);

  const server = createServer((incoming, outgoing) => {
    const urls = ready();
    turn += 1;
    const target = urls[turn % urls.length];
    if (target === undefined) fail(outgoing, 'no process is ready');
    else pass(incoming, outgoing, target);
  });
  const fail = (outgoing: ServerResponse, reason: string) => {
    lost.push(reason);
    if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-length': 0 });
    outgoing.end();
  };
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse, target: string) => {
    const { method, headers, url = '/' } = incoming;
    const onward = request(`${target}${url}`, { method, headers, agent } as const, (answer) => {
      // Its own connection to the client goes on when the process ends that to the balancer.
      const { connection, 'keep-alive': _, ...kept } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      answer.on('error', (error) => fail(outgoing, `${method} ${url}: ${error.message} in the answer`));
      answer.pipe(outgoing);
    });
    onward.on('error', (error) => fail(outgoing, `${method} ${url} to ${target}: ${error.message}`));
    incoming.pipe(onward);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost,
    add: (url) => known.set(url, false),
    ready,
    stop: async () => {
      clearInterval(timer);
      await looking;
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
