import type { Readable } from 'node:stream';
import { Controller, Get, Headers, Module, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpModule, validate, varyBy } from '#libs/http';
import { ApiTags } from '#libs/open-api';
import { type ChangePageDto, ChangesDocs, changesQuery, toChangeDto } from './changes.docs.js';
import { ChangesService } from './changes.service.js';

const EVENT_STREAM = 'text/event-stream';

@ApiTags('changes')
@Controller('changes')
class ChangesController {
  constructor(private readonly changes: ChangesService) {}

  @Get()
  @ChangesDocs()
  async list(
    @Query() query: unknown,
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangePageDto | Readable> {
    const { since = null, limit } = validate(changesQuery, query);
    reply.header('cache-control', 'no-store');
    varyBy(reply, 'Accept');
    const found = lastEventId
      ? await this.changes.after(lastEventId, limit, 'Last-Event-ID')
      : await this.changes.after(since, limit, 'since');
    if (accept?.includes(EVENT_STREAM)) {
      reply.type(EVENT_STREAM).header('x-accel-buffering', 'no');
      return this.changes.stream(found, request.raw.socket);
    }
    const items = found.changes.map(toChangeDto).filter((change) => change !== null);
    return { items, cursor: found.next, has_more: !found.isLast };
  }
}

/** The change feed. Reads the outbox by CoherenceModule. */
@Module({
  imports: [HttpModule],
  controllers: [ChangesController],
  providers: [ChangesService],
})
export class ChangesModule {}
