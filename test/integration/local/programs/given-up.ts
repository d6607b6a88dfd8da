// A command whose work goes on for a while after it was given up: node given-up.ts stopped|failed|held-up.
import { complain, say } from '#src/apps/local/src/output/terminal';
import { withStack } from '#src/apps/local/src/stack/with-stack';

const how = process.argv[2];
const sayMore = () => {
  say('Redis is there');
  complain('Redis is slow');
};
const stopping = () => {
  say('Stopping.');
  setImmediate(sayMore);
  return { code: 0 };
};

process.exitCode = await withStack(stopping, async (stack) => {
  if (how === 'held-up') {
    const deaf = {
      command: '/bin/sh',
      args: ['-c', "trap '' TERM; echo deaf; sleep 60"],
      stopTimeoutMs: 1_200,
    };
    await stack.run({ ...deaf, name: 'a deaf service', output: 'inherit', stopSignal: 'SIGTERM' });
  } else {
    say('Under way.');
  }
  if (how !== 'failed') return Promise.withResolvers<never>().promise;
  setImmediate(sayMore);
  throw new Error('Postgres did not start.');
});
