import { register } from 'prom-client';

/** Where the text of the metrics page comes from: this process, or all workers together. */
export abstract class MetricsPage {
  /** @throws where it can not be had now */
  abstract text(): Promise<string>;
}

/** This process's own metrics. */
export class OwnMetricsPage extends MetricsPage {
  text(): Promise<string> {
    return register.metrics();
  }
}
