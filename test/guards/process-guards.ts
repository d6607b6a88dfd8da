import type { Guard } from './guard.ts';

const KEEPING = 'libs/workers/src/keeping';
const UNIT = 'test/unit/workers';
const E2E = 'test/e2e/workers';

const way = (name: string, text: string, without = ''): Guard => ({
  name: `a connection on its way to a worker that dies ${name}`,
  file: `${KEEPING}/connections-on-their-way.js`,
  text,
  without,
  test: 'test/integration/workers/connections-on-their-way.test.ts',
});

/** The guards of the processes, their shutdown and their probes; docs/operations.md tells what each is for. */
export const PROCESS_GUARDS: readonly Guard[] = [
  way('is refused in its name', 'accepted: false', 'accepted: true'),
  way('is closed where nobody else listens', 'if (!this.isServed(key)) connection.close();'),
  {
    ...way('was answered for when it was', 'unanswered.delete(ack);'),
    test: `${UNIT}/connections-on-their-way.test.ts`,
  },
  {
    name: 'a worker that lived long resets the back-off',
    file: `${KEEPING}/back-off.js`,
    text: 'this.deaths = 0;\n            return 0',
    without: 'return 0',
    test: `${UNIT}/back-off.test.ts`,
  },
  {
    name: 'the back-off has an end',
    file: `${KEEPING}/back-off.js`,
    text: 'Math.min(',
    without: 'Math.max(',
    test: `${UNIT}/back-off.test.ts`,
  },
  {
    name: 'a silent worker is killed',
    file: `${KEEPING}/heartbeat.js`,
    text: 'this.unanswered >= UNANSWERED_LIMIT',
    without: 'false',
    test: `${UNIT}/worker-slot.test.ts`,
  },
  {
    name: 'a spare that takes over has to answer from the first moment on',
    file: `${KEEPING}/worker-slot.js`,
    text: 'worker.isPrepared ? this.heartbeatOf(worker) : undefined',
    without: 'undefined',
    test: `${UNIT}/worker-slot.test.ts`,
  },
  {
    name: 'a worker that does not stop is killed',
    file: `${KEEPING}/worker-slot.js`,
    text: 'nowMs >= state.killAtMs',
    without: 'false',
    test: `${UNIT}/worker-slot.test.ts`,
  },
  {
    name: 'a worker that does not come up is killed',
    file: `${KEEPING}/worker-slot.js`,
    text: 'nowMs - state.startedAtMs >= START_LIMIT_MS',
    without: 'false',
    test: `${UNIT}/worker-slot.test.ts`,
  },
  {
    name: 'a parent whose workers can not start gives up',
    file: `${KEEPING}/worker-pool.js`,
    text: 'shortLives < HOPELESS_DEATHS',
    without: 'true',
    test: `${UNIT}/worker-pool.test.ts`,
  },
  {
    name: 'a spare is started when all workers serve, and not before',
    file: `${KEEPING}/worker-pool.js`,
    text: "kind === 'serving'",
    without: 'true',
    test: `${UNIT}/pool-spare.test.ts`,
  },
  {
    name: 'no roll takes a spare that has read the old program',
    file: `${KEEPING}/worker-pool.js`,
    text: '// It has read the old program.\n            this.launcher.drop();',
    without: '',
    test: `${UNIT}/pool-spare.test.ts`,
  },
  {
    name: 'a silent spare is killed',
    file: `${KEEPING}/spare-launcher.js`,
    text: 'this.spare?.isHung() === true',
    without: 'false',
    test: `${UNIT}/spare-launcher.test.ts`,
  },
  {
    name: 'a spare that keeps dying is not started all the time',
    file: `${KEEPING}/spare-launcher.js`,
    text: 'this.nowMs() >= this.nextAtMs',
    without: 'true',
    test: `${UNIT}/spare-launcher.test.ts`,
  },
  {
    name: 'a spare waits until it is needed',
    file: 'libs/workers/src/talking/parent-link.js',
    text: 'await this.service.promise;',
    without: '',
    test: `${E2E}/spare.test.ts`,
  },
  {
    name: 'one process alone has the heap that is set',
    file: 'apps/api/src/run-service.js',
    text: 'boundHeap(config.process.workerMaxHeapBytes);',
    without: '',
    test: `${E2E}/starts.test.ts`,
  },
  {
    name: 'a roll that fails leaves the old workers',
    file: `${KEEPING}/roll.js`,
    text: "if (fresh === undefined || pool.isStopping) return 'given up';",
    without: '',
    test: `${UNIT}/worker-pool.test.ts`,
  },
  {
    name: 'the counters of dead workers stay',
    file: 'libs/metrics/src/fleet/fleet-metrics.js',
    text: 'this.departed.push(',
    without: 'void (',
    test: 'test/unit/metrics/fleet-metrics.test.ts',
  },
  {
    name: 'a worker that ends leaves its last numbers',
    file: 'apps/api/src/serve.js',
    text: 'await parent.tell({',
    without: 'await Promise.resolve({',
    test: `${E2E}/metrics.test.ts`,
  },
  {
    name: 'answers end their connections when a process stops',
    file: 'libs/http/src/connections/connection-drain.js',
    text: "response.setHeader('connection', 'close');",
    without: '',
    test: `${E2E}/shutdown.test.ts`,
  },
  {
    name: 'a connection on which a request may be on its way is not closed',
    file: 'libs/http/src/connections/connection-drain.js',
    text: 'NetServer.prototype.close.call(this.server)',
    without: 'this.server.close()',
    test: `${E2E}/roll.test.ts`,
  },
  {
    name: 'connections on which nothing was asked are closed',
    file: 'libs/http/src/connections/connection-drain.js',
    text: 'if (socket.bytesRead === 0) socket.destroy();',
    without: '{}',
    test: `${E2E}/shutdown.test.ts`,
  },
  {
    name: 'a roll says nothing of stopping',
    file: 'apps/api/src/serve.js',
    text: "reason === 'roll' ? shutdown.endWorker() : shutdown.endService()",
    without: 'shutdown.endService()',
    test: `${E2E}/roll.test.ts`,
  },
  {
    name: 'readiness turns first',
    file: 'libs/health/src/stopping.js',
    text: 'this.begun = true',
    without: 'this.begun = false',
    test: `${E2E}/shutdown.test.ts`,
  },
  {
    name: 'a hung dependency is asked once',
    file: 'libs/health/src/dependency-check.js',
    text: 'this.pending ??= this.ask()',
    without: 'this.pending = this.ask()',
    test: 'test/unit/health/dependency-check.test.ts',
  },
  {
    name: 'an old check is called unknown',
    file: 'libs/health/src/dependency-check.js',
    text: "ageMs > STALE_AFTER_MS ? 'unknown' : kind",
    without: 'kind',
    test: 'test/unit/health/dependency-check.test.ts',
  },
];
