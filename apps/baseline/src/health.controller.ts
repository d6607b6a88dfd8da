import { Controller, Get } from '@nestjs/common';

/** Says ok whatever is broken: load balancers went on sending traffic into a dead service. */
@Controller('health')
export class HealthController {
  @Get()
  get(): { status: string } {
    return { status: 'ok' };
  }
}
