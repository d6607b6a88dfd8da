export interface RequestParts {
  readonly method: string;
  readonly target: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
}

/** A whole request as it goes over the wire, one byte per character but for its body. */
export function requestBytes({ method, target, headers = [], body }: RequestParts): Buffer {
  const content = body === undefined ? null : Buffer.from(body as string);
  const length: [string, string][] = content === null ? [] : [['Content-Length', String(content.length)]];
  const lines = [['Host', 'shop'] as const, ...headers, ...length].map(
    ([name, value]) => `${name}: ${value}`,
  );
  const head = Buffer.from(`${[`${method} ${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
  return content === null ? head : Buffer.concat([head, content]);
}
