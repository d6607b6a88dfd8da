import cluster from 'node:cluster';

/** Bare Fastify in two processes that share a port: what two workers cost that do nothing else, on the cores that the load has too. */
if (cluster.isPrimary) for (let workers = 0; workers < 2; workers += 1) cluster.fork();
else await import('./fastify-map.ts');
