import { runCommand } from './run-command.ts';

type Environment = Readonly<Record<string, string>>;

/** Runs a command of a page and gives back what it prints; as `curl -i` prints it. */
export interface CurlRunner {
  readonly name: string;
  run(command: string, environment: Environment): Promise<string>;
}

const byCurl: CurlRunner = {
  name: 'curl',
  run: async (command, environment) => {
    const env = { ...process.env, ...environment };
    const { code, output } = await runCommand('sh', ['-c', command.replace('curl ', 'curl -sS ')], { env });
    if (code !== 0) throw new Error(`${command}\nended with ${code}: ${output}`);
    return output;
  },
};

/** For machines without curl: the same requests, by fetch. */
const byFetch: CurlRunner = {
  name: 'fetch',
  run: async (command, environment) => {
    const { url, ...init } = requestOf(wordsOf(command, environment));
    const response = await fetch(url, init);
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    return [`HTTP/1.1 ${response.status}`, ...headers, '', await response.text()].join('\n');
  },
};

/** What runs the commands here: both, where both can, so that neither is left untried. */
export async function curlRunners(): Promise<CurlRunner[]> {
  const isHere = await runCommand('curl', ['--version'], {}).then(
    ({ code }) => code === 0,
    () => false,
  );
  return isHere ? [byCurl, byFetch] : [byFetch];
}

/** The words of a command as a shell reads them: quotes, variables, continued lines. */
function wordsOf(command: string, environment: Environment): string[] {
  const words = command.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g);
  const filled = (text: string) => text.replace(/\$(\w+)/g, (_, name) => environment[name] ?? '');
  return [...words].map(([, single, double, bare]) => single ?? filled(double ?? bare ?? ''));
}

function requestOf([, ...words]: readonly string[]) {
  const headers = new Headers();
  const request = { url: '', method: 'GET', headers, body: null as string | null };
  for (let n = 0; n < words.length; n += 1) {
    const word = words[n] ?? '';
    if (word === '-i') continue;
    if (!word.startsWith('-')) request.url = `http://${word}`;
    else take(word, words[++n] ?? '', request);
  }
  if (request.body !== null && request.method === 'GET') request.method = 'POST';
  return request;
}

function take(
  flag: string,
  value: string,
  request: { method: string; headers: Headers; body: string | null },
): void {
  const [name = '', ...rest] = value.split(': ');
  if (flag === '-X') request.method = value;
  else if (flag === '-H') request.headers.set(name, rest.join(': '));
  else if (flag === '--json' || flag === '-d') request.body = value;
  else throw new Error(`no page uses the flag ${flag} yet`);
  if (flag === '--json') request.headers.set('content-type', 'application/json');
}
