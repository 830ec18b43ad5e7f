/** @typedef {import("./document.js").Schema} Schema @typedef {import("./document.js").ApiDocument} ApiDocument */

const DEPTH = 4;
/** @type {Record<string, unknown>} */
const EMPTY = { string: "", integer: 0, number: 0, boolean: false, array: [], object: {}, null: null };

/**
 * Something to begin a body with: examples and defaults, and what is required.
 * @param {Schema} schema
 * @param {ApiDocument} api
 * @returns {unknown}
 */
export function sampleOf(schema, api, depth = DEPTH) {
  const resolved = api.resolve(schema);
  const { examples = [], default: standard, enum: values, anyOf, type, properties } = resolved;
  if (examples.length > 0) return examples[0];
  if (standard !== undefined) return standard;
  if (values) return values[0];
  if (anyOf) return sampleOf(anyOf[0], api, depth);
  return properties && depth > 0 ? objectOf(resolved, api, depth) : EMPTY[[type].flat()[0]];
}

/** @param {Schema} resolved @param {ApiDocument} api @param {number} depth */
function objectOf({ properties, required = [] }, api, depth) {
  const told = Object.entries(properties).filter(
    ([name, schema]) => required.includes(name) || (api.resolve(schema).examples ?? []).length > 0,
  );
  return Object.fromEntries(told.map(([name, schema]) => [name, sampleOf(schema, api, depth - 1)]));
}
