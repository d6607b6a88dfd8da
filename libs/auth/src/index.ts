export { AuthModule } from './auth.module.js';
export { KeyRing, SystemWallClock, type Writer } from './key-ring.js';
export { WriteAccess } from './write-access.js';
export { addWriterHook, bearerTokenOf, WriterAdmission } from './writer-admission.js';
