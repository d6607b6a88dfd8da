/** An object of Kubernetes, as far as it says which API it belongs to. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

type Model = new (object: object) => { validate(): void };

/**
 * Validates an object against the OpenAPI schema of its API.
 *
 * @returns a line for each fault; none if it is valid
 */
export async function objectFaults(object: KubernetesObject): Promise<string[]> {
  const name = `${object.kind} ${object.metadata?.name}`;
  try {
    const model = await modelOf(object);
    new model(object).validate();
    return [];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : error}`];
  }
}

async function modelOf({ apiVersion, kind }: KubernetesObject): Promise<Model> {
  const library = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  const models = (await import(`${library}/${apiVersion}`)) as Record<string, Model>;
  const model = models[kind];
  if (model === undefined) throw new Error(`${apiVersion} has no ${kind}`);
  return model;
}
