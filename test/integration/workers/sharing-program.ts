// A parent whose workers answer every request with their pid: node sharing-program.ts <workers>. Each worker writes a
// line of JSON when it listens.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClusterLauncher } from '#libs/workers';

if (cluster.isPrimary) {
  const launcher = new ClusterLauncher(null);
  const ignore = { listening: () => undefined, heard: () => undefined, exited: () => undefined };
  // It outlives its workers, as one does that replaces them: its end would close every connection.
  setInterval(() => undefined, 60_000);
  for (let at = 0; at < Number(process.argv[2]); at += 1) launcher.launch(ignore);
} else {
  const server = createServer((_request, response) => response.end(String(process.pid)));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ pid: process.pid, port })}\n`);
  });
}
