import { Injectable } from '@nestjs/common';

/** Whether a stop has begun: the service still answers, but traffic should go elsewhere. */
@Injectable()
export class Stopping {
  private begun = false;

  get hasBegun(): boolean {
    return this.begun;
  }

  begin(): void {
    // guard(readiness-turns-first): drop
    this.begun = true;
  }
}
