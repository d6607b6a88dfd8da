import { Global, Module } from '@nestjs/common';
import { KeyRing, SystemWallClock, WallClock } from './key-ring.js';
import { WriterAdmission } from './writer-admission.js';

/** Global: `@WriteAccess()` on a controller of any feature needs the admission. */
@Global()
@Module({
  providers: [KeyRing, WriterAdmission, { provide: WallClock, useClass: SystemWallClock }],
  exports: [WriterAdmission],
})
export class AuthModule {}
