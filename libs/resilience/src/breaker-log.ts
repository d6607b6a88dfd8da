import { Injectable, Logger } from '@nestjs/common';
import { ResilienceEvents } from './events.js';

/** One line for every transition of a breaker, and none for the calls that are skipped meanwhile. */
@Injectable()
export class BreakerLog {
  constructor(events: ResilienceEvents) {
    const logger = new Logger('Breaker');
    events.on('transition', ({ dependency, to }) => {
      if (to === 'open') logger.warn(`${dependency}: open, calls are skipped`);
      else logger.log(`${dependency}: ${to}`);
    });
  }
}
