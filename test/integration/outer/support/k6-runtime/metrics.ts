import { ran } from './ran.ts';

class Metric {
  private readonly name: string;

  constructor(name: string, type: 'trend' | 'counter' | 'gauge') {
    this.name = name;
    ran.metrics.set(name, type);
  }

  add(value: number, tags: Record<string, string> = {}): void {
    ran.samples.push({ metric: this.name, value, tags });
  }
}

export class Trend extends Metric {
  constructor(name: string) {
    super(name, 'trend');
  }
}

export class Counter extends Metric {
  constructor(name: string) {
    super(name, 'counter');
  }
}

export class Gauge extends Metric {
  constructor(name: string) {
    super(name, 'gauge');
  }
}
