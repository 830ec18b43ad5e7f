import { code, copyButton, element, keyName, row, table } from "./element.js";
import { payloadView, typeView, valuesView } from "./fields.js";
import { inline, prose } from "./prose.js";

/** @typedef {import("./document.js").Operation} Operation @typedef {import("./document.js").ApiDocument} ApiDocument */

/**
 * What an operation is called, where it is, and what it is for.
 * @param {Operation} operation
 * @param {...(Node | string | false | undefined)} more
 */
export function operationHeader({ id, verb, path, summary, description }, ...more) {
  const tagline = element("span", { class: "tagline" }, ...inline(summary));
  const title = element("h2", { id: `${id}-title` }, element("a", { href: `#${encodeURI(id)}` }, id), tagline);
  const said = description?.replace(/\.$/, "") === summary ? [] : prose(description);
  const about = element("div", { class: "prose" }, ...said);
  return element("header", { class: "stream-header" }, title, address(verb, path), about, ...more);
}

/** A path, which may break after each slash. @param {string} verb @param {string} path */
function address(verb, path) {
  const parts = path.split(/(?<=\/)/).flatMap((part) => [part, element("wbr")]);
  const method = element("span", { class: "method", "data-verb": verb }, verb);
  const copy = copyButton("path", () => path);
  return element("p", { class: "address" }, method, element("code", { class: "path" }, ...parts), copy);
}

/** @param {Operation} operation @param {ApiDocument} api */
export function parametersView({ id, parameters }, api) {
  if (parameters.length === 0) return element("p", { class: "note" }, "Takes no parameters.");
  const rows = parameters.map((each) => parameterRow(each, api));
  const attributes = { class: "fields parameters", "aria-label": `Parameters of ${id}` };
  const shown = table(["Name", "Where", "Type", "Meaning"], rows, attributes);
  return element("div", {}, element("h3", {}, "Parameters"), shown);
}

/** @param {import("./document.js").Parameter} parameter @param {ApiDocument} api */
function parameterRow({ name, in: where, required, description, schema }, api) {
  const heading = [keyName(name), required && element("span", { class: "required" }, "required")];
  const meaning = [...prose(description), valuesView(schema, api)];
  return row(heading, [element("span", { class: "where" }, where)], [typeView(schema, api)], meaning);
}

/**
 * What is sent with a request, or comes with an answer.
 * @param {string} heading
 * @param {import("./document.js").Content | undefined} content
 * @param {string} label names the table of its fields
 * @param {ApiDocument} api
 */
export function contentView(heading, content, label, api) {
  if (!content) return null;
  const { type, schema, required } = content;
  const said = type === "*/*" ? ["Any bytes, of any content type."] : [code(type)];
  const mark = required && element("span", { class: "required" }, "required");
  const kind = element("p", { class: "note" }, ...said, " ", mark || "");
  const about = prose(api.resolve(schema).description);
  const fields = type === "*/*" ? [] : payloadView(schema, api, label);
  return element("div", { class: "content" }, element("h3", {}, heading), kind, ...about, ...fields);
}

/** @param {Operation} operation */
export function responsesLine({ responses }) {
  const refusals = responses.filter(([status]) => status >= "400").map(([status]) => status);
  const finished = responses.find(([status]) => status === "204");
  const end = finished && ["204: ", ...inline(finished[1]), " "];
  const link = element("a", { href: "#error-responses" }, "a problem");
  return element("p", { class: "note" }, ...(end || []), "Refused with ", link, `: ${refusals.join(", ")}.`);
}
