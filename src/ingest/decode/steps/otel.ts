/**
 * A record of OpenTelemetry as OTLP writes it in JSON: attributes of the resource, of the scope and of the record become keys, the body
 * becomes `message`, the severity `level`. A key that stands nearer to the record wins.
 */
import type { JsonObject, JsonValue } from '../../../event/event.ts';
import { put, type Draft } from '../line-decoder.ts';
import { join, type Step } from './step.ts';

export const otelStep: Step = (_line, document) => {
  if (!OWN_KEYS.some((key) => Object.hasOwn(document, key))) return 'no record of OpenTelemetry';
  const { resource, scope, attributes, body } = document;
  const level = levelOf(document);
  for (const key of WRAPPINGS) Reflect.deleteProperty(document, key);
  for (const key of TIMES) if (isUnknownTime(document[key])) Reflect.deleteProperty(document, key);
  const { attributes: ofScope, ...scopeKeys } = objectOf(scope);
  addMissing(document, attributesOf(attributes));
  addMissing(document, attributesOf(ofScope));
  addMissing(document, attributesOf(objectOf(resource)['attributes']));
  for (const [key, value] of Object.entries(scopeKeys)) put(document, `scope.${key}`, value);
  if (body !== undefined) addBody(document, plainValue(body));
  if (level !== undefined) document['level'] = level;
  return undefined;
};

const WRAPPINGS = ['resource', 'scope', 'attributes', 'body'];
const TIMES = ['timeUnixNano', 'observedTimeUnixNano'];

/** One of them is in every record. */
const OWN_KEYS = [
  'timeUnixNano',
  'observedTimeUnixNano',
  'severityNumber',
  'severityText',
  'body',
  'attributes',
];

/** OpenTelemetry writes 0 for a time that is not known. */
const isUnknownTime = (value: JsonValue | undefined): boolean => value === '0' || value === 0;

function addMissing(document: Draft, keys: Draft): void {
  for (const [key, value] of Object.entries(keys))
    if (!Object.hasOwn(document, key)) put(document, key, value);
}

/** A body of keys and values is a document. */
function addBody(document: Draft, body: JsonValue): void {
  if (isObject(body)) join(document, body);
  else if (body !== null) document['message'] = Array.isArray(body) ? JSON.stringify(body) : body;
}

/** Returns the number of the severity, or its text; undefined if neither is known. */
function levelOf({ severityNumber, severityText }: JsonObject): JsonValue | undefined {
  if (typeof severityNumber === 'number' && severityNumber > 0) return severityNumber;
  if (typeof severityText === 'string' && severityText !== '') return severityText;
  // The name of the number, as Protobuf may write it: SEVERITY_NUMBER_ERROR2.
  if (typeof severityNumber !== 'string') return undefined;
  return /^SEVERITY_NUMBER_([A-Z]+?)[2-4]?$/u.exec(severityNumber)?.[1];
}

/** `attributes`: `[{"key":"order.id","value":{"stringValue":"o1"}}]`. */
function attributesOf(attributes: JsonValue | undefined, depth = 0): Draft {
  const keys: Draft = {};
  if (!Array.isArray(attributes)) return keys;
  for (const each of attributes as readonly JsonValue[]) {
    const { key, value } = objectOf(each);
    if (typeof key === 'string' && key !== '') put(keys, key, plainValue(value, depth + 1));
  }
  return keys;
}

/** Programs nest values no deeper than this. A value that is deeper stays as it is. */
const DEPTH_MAX = 100;

/** Returns what OTLP wraps: `{"intValue":"7"}` is 7. */
function plainValue(wrapped: JsonValue | undefined, depth = 0): JsonValue {
  if (!isObject(wrapped) || depth > DEPTH_MAX) return wrapped ?? null;
  const [kind, value] = Object.entries(wrapped)[0] ?? [];
  switch (kind) {
    case undefined:
      return null;
    case 'stringValue':
    case 'boolValue':
    case 'doubleValue':
    case 'bytesValue':
      return value!;
    case 'intValue':
      return numberOf(value!);
    case 'arrayValue': {
      const { values } = objectOf(value);
      return Array.isArray(values)
        ? (values as readonly JsonValue[]).map((each) => plainValue(each, depth + 1))
        : [];
    }
    case 'kvlistValue':
      return attributesOf(objectOf(value)['values'], depth + 1);
    default:
      return wrapped;
  }
}

/** OTLP writes whole numbers as texts. One that a double does not hold stays a text. */
function numberOf(value: JsonValue): JsonValue {
  const number = Number(value);
  return typeof value === 'string' && Number.isSafeInteger(number) && String(number) === value
    ? number
    : value;
}

const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
