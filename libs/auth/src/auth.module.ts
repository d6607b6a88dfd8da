import { Global, Module } from '@nestjs/common';
import { KeyRing } from './key-ring.js';
import { SystemWallClock, WallClock } from './wall-clock.js';
import { WriterGate } from './writer-gate.js';

/** Global, since the decorator on any feature's controller asks for the gate. */
@Global()
@Module({
  providers: [KeyRing, WriterGate, { provide: WallClock, useClass: SystemWallClock }],
  exports: [WriterGate],
})
export class AuthModule {}
