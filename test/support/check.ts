import { commandLine } from '../../apps/local/src/command-line.ts';
import { runCommand } from './run-command.ts';
import { ROOT, runStaticChecks, STATIC_CHECKS } from './static-checks.ts';

/** `npm run lint`, `lint:regex`, `lint:words`, `format`, `types`, `arrows`, `lint:openapi`: one check of the sources each. */
const USAGES: Readonly<Record<string, string>> = {
  lint: 'Reports what Biome finds in the sources, format included.',
  'lint:regex': 'Reports regular expressions of the service that can take more than linear time.',
  'lint:words':
    'Reports words that the glossary of docs/architecture.md or the rules of style replace, and the word to use.',
  format: 'Rewrites the sources as Biome formats them.',
  types: 'Checks the types of the service, of its tests and of the load scenarios.',
  arrows: 'Checks which module imports which.',
  'lint:openapi': 'Checks docs/openapi.json by the rules that Redocly recommends.',
};

const [name = '', ...args] = process.argv.slice(2);
const usage = `npm run ${name}\n\n${USAGES[name]}\n\n  --help   this text`;
commandLine({ usage, options: {} }, args);
if (name === 'format') {
  const { code, output } = await runCommand('node_modules/.bin/biome', ['check', '--write', '.'], {
    cwd: ROOT,
  });
  process.stdout.write(output);
  process.exitCode = code ?? 1;
} else {
  const { failed } = await runStaticChecks(STATIC_CHECKS.filter((check) => check.name === name));
  process.exitCode = failed > 0 ? 1 : 0;
}
