import { code, element } from "./element.js";

/** @typedef {import("./document.js").Parameter} Parameter @typedef {import("./document.js").Schema} Schema */

/**
 * A form with a control for each parameter that an EventSource can send: all but headers.
 * @param {Parameter[]} parameters
 */
export function parameterForm(parameters) {
  const sent = parameters.filter((each) => each.in !== "header");
  return element("form", { class: "listen-form", autocomplete: "off" }, ...sent.map(parameterField));
}

/**
 * The address of a stream with what a form says.
 * @param {string} path with `{name}` where a value belongs
 * @param {Parameter[]} parameters
 * @param {HTMLFormElement} form
 */
export function composedUrl(path, parameters, form) {
  const data = new FormData(form);
  const lines = (/** @type {FormDataEntryValue} */ text) => String(text).split(/\r?\n/).filter(Boolean);
  const named = (/** @type {string} */ name) => parameters.find((each) => each.in === "path" && each.name === name);
  const given = (/** @type {string} */ name) => data.getAll(name).flatMap(lines);
  const filled = path.replaceAll(/\{([^}]+)\}/g, (place, name) => pathText(given(name)[0], named(name)) ?? place);
  // Relative to this page, so that a prefix that a proxy puts before the gateway's paths stays.
  const url = new URL(filled.slice(1), document.baseURI);
  for (const { name, in: where } of parameters) {
    if (where === "query") for (const value of given(name)) url.searchParams.append(name, value);
  }
  return url;
}

/** @param {string | undefined} text @param {Parameter | undefined} parameter */
function pathText(text, parameter) {
  return parameter?.["x-multi-segment"] ? text?.split("/").map(encodeURIComponent).join("/") : text && encodeURIComponent(text);
}

/** @param {Parameter} parameter */
function parameterField(parameter) {
  const { name, schema, required = false } = parameter;
  const label = [code(name), required && element("span", { class: "required" }, "required")];
  if (schema.type === "array" && schema.items?.enum) {
    const boxes = schema.items.enum.map((/** @type {string} */ value) => checkbox(name, value));
    return element("fieldset", {}, element("legend", {}, ...label), ...boxes);
  }
  return element("label", {}, element("span", {}, ...label), control(parameter));
}

/** @param {string} name @param {string} value */
function checkbox(name, value) {
  return element("label", { class: "check" }, element("input", { type: "checkbox", name, value }), value);
}

/** @param {Parameter} parameter */
function control({ name, schema, required = false }) {
  const values = schema.type === "boolean" ? ["true", "false"] : schema.enum;
  if (values) return select(name, values, schema.default, required);
  const common = { name, required, placeholder: hint(schema), spellcheck: "false", autocapitalize: "off" };
  if (schema.type === "array") return element("textarea", { ...common, rows: 2 });
  // What is out of bounds is sent all the same: the gateway's answer is part of what there is to see.
  const kind = ["integer", "number"].includes(schema.type) ? { type: "number", step: "any" } : { type: "text" };
  return element("input", { ...common, ...kind });
}

/** @param {string} name @param {string[]} values @param {unknown} standard @param {boolean} required */
function select(name, values, standard, required) {
  const none = standard === undefined ? "" : `default (${standard})`;
  const options = values.map((value) => element("option", {}, value));
  return element("select", { name, required }, element("option", { value: "" }, none), ...options);
}

/** @param {Schema} schema */
function hint({ type, default: standard, examples = [] }) {
  if (standard !== undefined) return `default ${[standard].flat().join(", ")}`;
  if (examples.length > 0) return `e.g. ${[examples[0]].flat().join(", ")}`;
  return type === "array" ? "one value a line" : "";
}
