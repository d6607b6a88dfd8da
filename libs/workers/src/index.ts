export { ClusterLauncher, heapBoundArguments } from './cluster-launcher.js';
export type { StopReason, ToParent } from './messages.js';
export { Questions, type Reply } from './messages.js';
export { ParentLink } from './parent-link.js';
export { StopSignals } from './stop-signals.js';
export { type PoolEnd, WorkerPool } from './worker-pool.js';
export type { WorkerSlot } from './worker-slot.js';
