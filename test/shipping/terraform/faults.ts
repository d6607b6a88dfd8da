import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Body, type Configuration, readConfiguration, textsIn } from './configuration.ts';
import { formatted } from './format.ts';
import { referenceFaults, unusedFaults } from './references.ts';
import { argumentFaults, type Schema } from './schema.ts';

/** As terraform-aws-modules lay a module out. */
const FILES = ['main.tf', 'outputs.tf', 'variables.tf', 'versions.tf'];
/** Arguments of a module block that belong to the language. */
const CALL_META = new Set(['source', 'version', 'providers', 'for_each', 'count', 'depends_on']);

/** The folders below one that hold .tf files. */
export function moduleFolders(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'main.tf')
    .map((entry) => entry.parentPath)
    .toSorted();
}

/**
 * Checks the modules below a folder, as far as that can be done without Terraform: that they parse, and that what they
 * name is there.
 *
 * @returns faults by the folder of the module; an empty list is a module without any
 */
export async function terraformFaults(root: string, schema: Schema): Promise<Map<string, string[]>> {
  const modules = new Map<string, Configuration>();
  const faults = new Map<string, string[]>();
  for (const folder of moduleFolders(root)) {
    try {
      modules.set(folder, await readConfiguration(folder));
    } catch (error) {
      faults.set(folder, [error instanceof Error ? error.message : String(error)]);
    }
  }
  for (const [folder, module] of modules) {
    const called = (body: Body) => modules.get(resolve(folder, String(body['source'])));
    faults.set(folder, [
      ...layoutFaults(module),
      ...declarationFaults(module),
      ...callFaults(module, called),
      ...referenceFaults(module, called, schema),
      ...unusedFaults(module),
      ...providerFaults(module),
      ...[...module.resources].flatMap(([name, body]) =>
        argumentFaults(name, body, schema.resource[name.split('.')[0] ?? '']),
      ),
      ...[...module.data].flatMap(([name, body]) =>
        argumentFaults(`data.${name}`, body, schema.data[name.split('.')[0] ?? '']),
      ),
    ]);
  }
  return faults;
}

function layoutFaults({ folder, files }: Configuration): string[] {
  return [
    ...FILES.filter((name) => !existsSync(join(folder, name))).map((name) => `${name} is missing`),
    ...Object.keys(files)
      .filter((name) => !FILES.includes(name))
      .map((name) => `${name} is none of ${FILES.join(', ')}`),
    ...Object.entries(files)
      .filter(([, text]) => formatted(text) !== text)
      .map(([name]) => `${name} is not formatted: run npm run check:terraform -- --format`),
  ];
}

function declarationFaults({ variables, outputs }: Configuration): string[] {
  const isSentence = (text: unknown) => typeof text === 'string' && /^[A-Z].*\.$/s.test(text);
  return [
    ...[...variables].flatMap(([name, body]) => [
      ...(body['type'] === undefined ? [`var.${name} has no type`] : []),
      ...(isSentence(body['description']) ? [] : [`var.${name} has no description`]),
      ...((body['validation'] ?? []) as readonly Body[]).flatMap(({ condition, error_message: message }) => [
        ...(textsIn(condition).join().includes(`var.${name}`)
          ? []
          : [`var.${name} validates another variable`]),
        ...(typeof message === 'string' && message.startsWith(name)
          ? []
          : [`var.${name}: its error does not name it`]),
      ]),
    ]),
    ...[...outputs].flatMap(([name, body]) => [
      ...(isSentence(body['description']) ? [] : [`output.${name} has no description`]),
      ...(body['value'] === undefined ? [`output.${name} has no value`] : []),
    ]),
  ];
}

function callFaults({ calls }: Configuration, called: (body: Body) => Configuration | undefined): string[] {
  return [...calls].flatMap(([name, body]) => {
    const module = called(body);
    if (module === undefined) return [`module.${name}: ${body['source']} is no module`];
    const given = Object.keys(body).filter((argument) => !CALL_META.has(argument));
    return [
      ...given
        .filter((argument) => !module.variables.has(argument))
        .map((argument) => `module.${name} has no variable ${argument}`),
      ...[...module.variables]
        .filter(([variable, { default: fallback }]) => fallback === undefined && !given.includes(variable))
        .map(([variable]) => `module.${name} lacks ${variable}`),
    ];
  });
}

function providerFaults({ resources, data, calls, providers }: Configuration): string[] {
  const used = new Set([...resources.keys(), ...data.keys()].map((name) => name.split('_')[0] ?? ''));
  return [
    ...[...used].filter((name) => !providers.has(name)).map((name) => `versions.tf does not ask for ${name}`),
    ...[...providers]
      .filter((name) => !used.has(name) && calls.size === 0)
      .map((name) => `versions.tf asks for ${name}, which nothing uses`),
  ];
}
