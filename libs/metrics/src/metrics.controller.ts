import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';

/** The library's own, with a description: the module puts it at the path that it is given. */
@ApiTags('metrics')
@Controller()
export class MetricsController extends PrometheusController {
  @Get()
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Every metric of this process, as Prometheus reads it',
  })
  @ApiResponse({
    status: 200,
    description: "Prometheus' text format.",
    content: {
      'text/plain': { schema: { type: 'string' }, example: 'cache_hits_total{cache_type="l1"} 42' },
    },
  })
  override index(@Res({ passthrough: true }) response: object): Promise<string> {
    return super.index(response);
  }
}
