export { KeyRing, SystemWallClock, type Writer } from './key-ring.js';
export {
  AuthModule,
  addWriterHook,
  bearerTokenOf,
  WriteAccess,
  WriterAdmission,
} from './writer-admission.js';
