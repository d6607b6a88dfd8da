import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether the server is on its way out: each answer then asks its client to come again over another connection. */
@Injectable()
export class ServerState implements OnModuleDestroy {
  stopping = false;

  onModuleDestroy(): void {
    this.stopping = true;
  }
}
