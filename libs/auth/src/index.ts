export { AuthModule } from './auth.module.js';
export { WriteAccess } from './write-access.js';
export type { Writer } from './writer.js';
export { WriterGate } from './writer-gate.js';
export { addWriterHook } from './writer-hook.js';
