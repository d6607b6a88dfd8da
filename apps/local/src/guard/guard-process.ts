// The entry of the guard: the one process that is the parent of every service. It lives in a session of its own, so
// that no signal to the starter's terminal or process group meets it, and it ends when its channel to the starter
// closes, which the kernel sees to however the starter died.
import { type LaunchedService, launch } from './launch.js';
import type { FromGuard, ServiceSpec, ToGuard } from './protocol.js';

const services = new Map<number, LaunchedService>();
const starting = new Set<Promise<void>>();

// Whoever sends these means the starter, which then has the services stopped in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.on('message', (message: ToGuard) => {
  switch (message.kind) {
    case 'run': {
      const start = run(message.id, message.spec).finally(() => starting.delete(start));
      starting.add(start);
      break;
    }
    case 'stop':
      void services.get(message.id)?.stop();
      break;
    case 'stop-all':
      void stopAll().then(() => process.disconnect());
      break;
  }
});
process.on('disconnect', () => void stopAll().then(() => process.exit()));

// The channel may have closed while this module was being loaded, before anyone listened.
if (!process.connected) process.exit();

async function run(id: number, spec: ServiceSpec): Promise<void> {
  try {
    const service = await launch(spec);
    services.set(id, service);
    tell({ kind: 'started', id, pid: service.pid });
    void service.exited.then((exit) => {
      services.delete(id);
      tell({ kind: 'exited', id, ...exit });
    });
  } catch (error) {
    tell({ kind: 'failed', id, reason: error instanceof Error ? error.message : String(error) });
  }
}

/** Last started, first stopped: the api before the servers that it talks to. */
async function stopAll(): Promise<void> {
  await Promise.all(starting);
  for (const service of [...services.values()].reverse()) await service.stop();
}

function tell(message: FromGuard): void {
  // The callback takes the error of a channel that closed meanwhile; there is nobody left to tell then.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
