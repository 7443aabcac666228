// SPDX-License-Identifier: MIT
// validate.mjs SCHEMA: stdin has lines "DEFINITION<TAB>FILE"; each line of FILE, or all of it when it is one document, is validated
// against that definition. Members may be added in later versions, so the schema allows unknown ones; here nothing may be there that
// it does not tell of.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';

const schema = JSON.parse(readFileSync(process.argv[2], 'utf8'));

function closed(s) {
  if (Array.isArray(s)) return s.map(closed);
  if (s === null || typeof s !== 'object') return s;
  const copy = Object.fromEntries(Object.entries(s).map(([k, v]) => [k, closed(v)]));
  if (copy.type === 'object' && copy.properties && !('additionalProperties' in copy)) copy.additionalProperties = false;
  return copy;
}

const options = { allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true };
const open = new Ajv(options);
open.addSchema(schema);
const strict = new Ajv(options);
strict.addSchema({ ...closed(schema), $id: `${schema.$id}:closed` });

let documents = 0;
const seen = new Map();

function fail(what) {
  console.error(`FAILED: ${what}`);
  process.exit(1);
}

// What would have to be found: a member that is missing, another version, one that nobody told of.
function mutate(definition, document, validate, lenient) {
  const required = schema.$defs[definition].required ?? [];
  const target = schema.$defs[definition].$ref;
  const all = target ? [...required, ...schema.$defs[target.split('/').pop()].required] : required;
  for (const key of all) {
    const { [key]: _, ...rest } = document;
    if (lenient(rest)) fail(`${definition}: '${key}' may be missing`);
  }
  if (lenient({ ...document, schema: 2 })) fail(`${definition}: any version will do`);
  if (validate({ ...document, unheard_of: 1 })) fail(`${definition}: unknown members are not seen`);
  if (!lenient({ ...document, unheard_of: 1 })) fail(`${definition}: no member may be added`);
}

function check(definition, document, from) {
  const validate = strict.getSchema(`${schema.$id}:closed#/$defs/${definition}`);
  const lenient = open.getSchema(`${schema.$id}#/$defs/${definition}`);
  if (!validate || !lenient) fail(`no definition '${definition}'`);
  if (!validate(document)) fail(`${from}: ${JSON.stringify(validate.errors, null, 1)}`);
  if (!open.getSchema(schema.$id)(document)) fail(`${from}: none of the definitions`);
  if (!seen.has(definition)) mutate(definition, document, validate, lenient);
  seen.set(definition, true);
  documents++;
}

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const [definition, file] = line.split('\t');
  const text = readFileSync(file, 'utf8');
  const lines = definition.endsWith('_line') && !text.startsWith('{\n') ? text.trim().split('\n') : [text];
  for (const one of lines) check(definition, JSON.parse(one), `${definition} ${file}`);
}
for (const { $ref } of schema.anyOf) {
  const name = $ref.split('/').pop();
  if (!seen.has(name)) fail(`nothing was validated against '${name}'`);
}
console.log(`${documents} documents are what the schema says`);
