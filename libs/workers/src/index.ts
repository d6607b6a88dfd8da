export { ClusterLauncher } from './keeping/cluster-launcher.js';
export { heapBoundArguments } from './keeping/heap-bound.js';
export { type PoolEnd, WorkerPool } from './keeping/worker-pool.js';
export type { WorkerSlot } from './keeping/worker-slot.js';
export { ParentLink } from './talking/parent-link.js';
export type { StopReason, ToParent } from './talking/protocol.js';
export { Questions, type Reply } from './talking/questions.js';
