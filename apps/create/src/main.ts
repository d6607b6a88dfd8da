#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { create } from './create.ts';
import type { Needed } from './plan.ts';

// Written beside this program when the package is built.
const needed: Needed = JSON.parse(readFileSync(new URL('../../../needed.json', import.meta.url), 'utf8'));

process.exitCode = create(process.argv.slice(2), needed, new Date(), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
});
