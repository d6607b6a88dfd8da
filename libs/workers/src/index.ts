export { ClusterLauncher, heapBoundArguments } from './launchers.js';
export { ParentLink, Questions, type Reply, type StopReason, type ToParent } from './parent-link.js';
export { StopSignals } from './stop-signals.js';
export { type PoolEnd, WorkerPool } from './worker-pool.js';
export type { WorkerSlot } from './worker-slot.js';
