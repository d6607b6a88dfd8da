export {
  AuthModule,
  addWriterHook,
  bearerTokenOf,
  KeyRing,
  SystemWallClock,
  WriteAccess,
  type Writer,
  WriterAdmission,
} from './writer-admission.js';
