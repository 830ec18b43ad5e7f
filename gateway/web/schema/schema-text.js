import { componentName } from "./document.js";

/** @typedef {import("./document.js").Schema} Schema @typedef {import("./document.js").ApiDocument} ApiDocument */

const DEPTH = 6;

/**
 * The type of a value in a few words: `string · date-time`, `array of Stage`, `map of number`.
 * @param {Schema} schema
 * @param {ApiDocument} api
 * @param {number} [depth] how much further it looks into types of types
 * @returns {string}
 */
export function typeText(schema, api, depth = DEPTH) {
  const resolved = api.resolve(schema);
  const inner = (/** @type {Schema} */ each) => (depth > 0 ? typeText(each, api, depth - 1) : "…");
  if (resolved.anyOf ?? resolved.oneOf) return alternatives(resolved).map(inner).join(" or ");
  if (resolved.type === "array") return resolved.items ? `array of ${inner(resolved.items)}` : "array of anything";
  if (resolved.type === "object" || resolved.properties) return objectText(schema, resolved, inner);
  return scalarText(resolved);
}

/** @param {Schema} schema @param {Schema} resolved @param {(each: Schema) => string} inner */
function objectText(schema, resolved, inner) {
  const { properties, additionalProperties: more } = resolved;
  if (componentName(schema)) return /** @type {string} */ (componentName(schema));
  if (properties) return "object";
  if (more === false) return "empty object";
  return more && more !== true ? `map of ${inner(more)}` : "object with any keys";
}

/** @param {Schema} resolved */
function scalarText({ type, format, contentEncoding, enum: values, const: constant }) {
  if (constant !== undefined) return `always ${JSON.stringify(constant)}`;
  const name = [type].flat().filter(Boolean).join(" or ") || (values ? typeof values[0] : "any JSON");
  return [name, format ?? contentEncoding].filter(Boolean).join(" · ");
}

/** @param {Schema} resolved @returns {Schema[]} */
function alternatives(resolved) {
  return resolved.anyOf ?? resolved.oneOf ?? [];
}

/**
 * What bounds a value, in a few words each: `0 – 500`, `at most 10 long`.
 * @param {Schema} schema
 * @param {ApiDocument} api
 * @returns {string[]}
 */
export function limits(schema, api) {
  const { minimum: low, maximum: high, items, ...more } = api.resolve(schema);
  const found = items ? limits(items, api) : [];
  if (low !== undefined && high !== undefined) found.push(WHOLE_RANGES[`${low} ${high}`] ?? `${low} – ${high}`);
  else if (low !== undefined) found.push(`≥ ${low}`);
  else if (high !== undefined) found.push(`≤ ${high}`);
  for (const [key, text] of Object.entries(LIMITS)) if (more[key] !== undefined) found.push(text(more[key]));
  // A format says more than the pattern it stands for.
  if (more.pattern && !more.format) found.push(`matches ${more.pattern}`);
  return found;
}

/** Every number of a type: its name says more than its bounds. @type {Record<string, string>} */
const WHOLE_RANGES = { "-2147483648 2147483647": "32-bit", "0 4294967295": "unsigned 32-bit" };

/** @type {Record<string, (bound: unknown) => string>} */
const LIMITS = {
  exclusiveMinimum: (bound) => `> ${bound}`,
  exclusiveMaximum: (bound) => `< ${bound}`,
  multipleOf: (bound) => `a multiple of ${bound}`,
  minLength: (bound) => `at least ${bound} long`,
  maxLength: (bound) => `at most ${bound} long`,
  minItems: (bound) => `at least ${bound} items`,
  maxItems: (bound) => `at most ${bound} items`,
  uniqueItems: () => "no item twice",
};

/**
 * The values that are allowed, where they are listed: of the schema, of its items, of one of its alternatives.
 * @param {Schema} schema
 * @param {ApiDocument} api
 * @returns {unknown[]}
 */
export function allowedValues(schema, api, depth = DEPTH) {
  const resolved = api.resolve(schema);
  const { enum: values, items, additionalProperties: more } = resolved;
  const within = [items, typeof more === "object" && more, ...alternatives(resolved)].filter(Boolean);
  return values ?? (depth > 0 ? within.flatMap((each) => allowedValues(each, api, depth - 1)) : []);
}

/**
 * The keys of an object, those of its `allOf` among them.
 * @param {Schema} resolved
 * @param {ApiDocument} api
 * @returns {[name: string, schema: Schema, required: boolean][]}
 */
export function fieldsOf({ properties = {}, required = [], allOf = [] }, api) {
  const own = Object.entries(properties).map(([name, schema]) => [name, schema, required.includes(name)]);
  const further = allOf.flatMap((/** @type {Schema} */ each) => fieldsOf(api.resolve(each), api));
  return [.../** @type {[string, Schema, boolean][]} */ (own), ...further];
}

/**
 * The rules of a protobuf `oneof`: at most one of these keys is there.
 * @param {Schema} resolved
 * @returns {string[][]}
 */
export function exclusiveKeys({ allOf = [] }) {
  return allOf
    .map((/** @type {Schema} */ { oneOf = [] }) => oneOf.flatMap((/** @type {Schema} */ each) => each.required ?? []))
    .filter((/** @type {string[]} */ keys) => keys.length > 1);
}

/**
 * The objects with keys inside a value: the value itself, its items, the values of a map, its alternatives.
 * @param {Schema} schema
 * @param {ApiDocument} api
 * @returns {Schema[]}
 */
export function objectsIn(schema, api, depth = DEPTH) {
  const resolved = api.resolve(schema);
  const { items, additionalProperties: more } = resolved;
  if (fieldsOf(resolved, api).length > 0) return [schema];
  const within = [items, typeof more === "object" && more, ...alternatives(resolved)].filter(Boolean);
  return depth > 0 ? within.flatMap((each) => objectsIn(each, api, depth - 1)) : [];
}
