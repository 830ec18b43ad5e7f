import { componentName } from "./document.js";
import { code, element, keyName, row, table } from "./element.js";
import { prose } from "./prose.js";
import { allowedValues, exclusiveKeys, fieldsOf, limits, objectsIn, typeText } from "./schema-text.js";

/** @typedef {import("./document.js").Schema} Schema @typedef {import("./document.js").ApiDocument} ApiDocument */

/** How many fields below an object are shown at once: below the first one, below one in it. */
const FIELDS_SHOWN_OPEN = [12, 4];

/**
 * What a payload is: a table of its fields, or a line where it has none.
 * @param {Schema} schema
 * @param {ApiDocument} api
 * @param {string} label names the table
 * @returns {HTMLElement[]}
 */
export function payloadView(schema, api, label) {
  const resolved = api.resolve(schema);
  if (fieldsOf(resolved, api).length > 0) return objectView(schema, api, label, []);
  const nested = objectsIn(schema, api).map((each) => nestedView(each, api, [], true));
  const whole = element("p", { class: "whole" }, "The whole payload: ", typeView(resolved, api));
  return [whole, valuesView(schema, api), ...nested];
}

/**
 * @param {Schema} schema
 * @param {ApiDocument} api
 * @param {string} label
 * @param {string[]} within the components around this one
 * @returns {HTMLElement[]}
 */
function objectView(schema, api, label, within) {
  const resolved = api.resolve(schema);
  const around = [...within, componentName(schema) ?? ""];
  const fields = fieldsOf(resolved, api);
  const open = fieldsBelow(fields, api) <= (FIELDS_SHOWN_OPEN[within.length] ?? 0);
  const rows = fields.flatMap(([name, field, required]) => fieldRows(name, field, required, api, around, open));
  const rules = exclusiveKeys(resolved).map((keys) => rule("At most one of ", ...separated(keys), " is there."));
  if (resolved.additionalProperties === true) rules.push(rule("Any other keys may stand beside these."));
  return [table(["Field", "Type", "Meaning"], rows, { class: "fields", "aria-label": label }), ...rules];
}

/**
 * @param {string} name
 * @param {Schema} schema
 * @param {boolean} required
 * @param {ApiDocument} api
 * @param {string[]} around
 * @param {boolean} open
 */
function fieldRows(name, schema, required, api, around, open) {
  const heading = [keyName(name), required && element("span", { class: "required" }, "required")];
  const { description } = api.resolve(schema);
  const first = row(heading, [typeView(schema, api)], [...prose(description), valuesView(schema, api)]);
  return [first, ...objectsIn(schema, api).map((each) => nestedRow(each, api, around, open))];
}

/** @param {...(Node | string)} children */
function rule(...children) {
  return element("p", { class: "rule" }, ...children);
}

/**
 * How many fields the objects inside of these fields have.
 * @param {[string, Schema, boolean][]} fields
 * @param {ApiDocument} api
 */
function fieldsBelow(fields, api) {
  const objects = fields.flatMap(([, schema]) => objectsIn(schema, api));
  return objects.reduce((count, each) => count + fieldsOf(api.resolve(each), api).length, 0);
}

/** @param {Schema} schema @param {ApiDocument} api @param {string[]} around @param {boolean} open */
function nestedRow(schema, api, around, open) {
  const cell = element("td", { role: "cell", colspan: 3 }, nestedView(schema, api, around, open));
  return element("tr", { role: "row", class: "nested" }, cell);
}

/**
 * An object inside of another one, to be opened in place; one that contains itself only says so.
 * @param {Schema} schema
 * @param {ApiDocument} api
 * @param {string[]} around
 * @param {boolean} open
 */
function nestedView(schema, api, around, open) {
  const name = componentName(schema) ?? "object";
  if (around.includes(name)) return element("p", { class: "again" }, code(name), " again, as above");
  const count = fieldsOf(api.resolve(schema), api).length;
  const summary = element("summary", {}, code(name), ` ${count} ${count === 1 ? "field" : "fields"}`);
  const details = element("details", {}, summary);
  // What is inside is made when it is first asked for: without that, types that contain one another never end.
  details.addEventListener("toggle", () => details.append(...nestedContent(schema, api, name, around)), { once: true });
  details.open = open;
  return details;
}

/** @param {Schema} schema @param {ApiDocument} api @param {string} name @param {string[]} around */
function nestedContent(schema, api, name, around) {
  return [...prose(api.resolve(schema).description), ...objectView(schema, api, `Fields of ${name}`, around)];
}

/**
 * The type of a value with what bounds it.
 * @param {Schema} schema
 * @param {ApiDocument} api
 */
export function typeView(schema, api) {
  const bounds = limits(schema, api).map((text) => element("span", { class: "limit" }, text));
  return element("span", { class: "type" }, typeText(schema, api), ...bounds);
}

/**
 * The values that are allowed, the one that stands for an absent one, and examples.
 * @param {Schema} schema
 * @param {ApiDocument} api
 */
export function valuesView(schema, api) {
  const { default: standard, examples = [] } = api.resolve(schema);
  const allowed = allowedValues(schema, api);
  const chips = allowed.map((each) => element("li", {}, code(shown(each))));
  return element(
    "div",
    { class: "values" },
    chips.length > 0 && element("ul", { class: "chips", "aria-label": "Allowed values" }, ...chips),
    standard !== undefined && aside("Default ", standard),
    examples.length > 0 && chips.length === 0 && aside("Example ", examples[0]),
  );
}

/** @param {string} label @param {unknown} value */
function aside(label, value) {
  return element("p", { class: "aside" }, label, code(shown(value)));
}

/** @param {unknown} value */
function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @param {string[]} keys */
function separated(keys) {
  return keys.flatMap((key, at) => (at ? [", ", code(key)] : [code(key)]));
}

