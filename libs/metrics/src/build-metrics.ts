import { Injectable } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { BuildConfig } from '#libs/config';

const BUILD = 'hotshelf_build_info';

export const buildMetricProviders = [
  makeGaugeProvider({
    name: BUILD,
    help: 'Always 1; the labels name the version and the commit of the build, and the release of Node.',
    labelNames: ['version', 'commit', 'node'],
    // All workers are of one build.
    aggregator: 'max',
  }),
];

/** Shows which build is measured. */
@Injectable()
export class BuildMetrics {
  constructor(@InjectMetric(BUILD) build: Gauge<'version' | 'commit' | 'node'>, config: BuildConfig) {
    const { version, commit } = config;
    build.set({ version: version || 'unknown', commit: commit || 'unknown', node: process.versions.node }, 1);
  }
}
