import { Controller, Get, Module } from '@nestjs/common';
import { ProductCache, ProductsController, ProductsRepository, ProductsService } from './products.js';

/** Says ok whatever is broken: load balancers went on sending traffic into a dead service. */
@Controller('health')
export class HealthController {
  @Get()
  get(): { status: string } {
    return { status: 'ok' };
  }
}

@Module({
  controllers: [ProductsController, HealthController],
  providers: [ProductsService, ProductsRepository, ProductCache],
})
export class BaselineModule {}
