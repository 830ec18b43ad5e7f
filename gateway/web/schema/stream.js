import { code, copyButton, element, keyName, row, table } from "./element.js";
import { eventCards, toneOf } from "./events.js";
import { typeView, valuesView } from "./fields.js";
import { ListenPanel } from "./listen.js";
import { inline, prose } from "./prose.js";

/** @typedef {import("./document.js").Stream} Stream @typedef {import("./document.js").ApiDocument} ApiDocument */

/** @type {Record<string, string>} */
const DELIVERIES = {
  shared: "Shared: all clients with the same request follow one stream, with a history to come back to.",
  "per-client": "Per client: each client has a stream of its own.",
};

/**
 * Everything about one stream.
 * @param {Stream} stream
 * @param {ApiDocument} api
 */
export function streamSection(stream, api) {
  return element(
    "section",
    { id: stream.id, class: "panel stream", "aria-labelledby": `${stream.id}-title` },
    streamHeader(stream),
    listenDetails(stream),
    parametersView(stream, api),
    element("h3", {}, "Events"),
    ...eventCards(stream.events, api, (name) => `${stream.id}/${name}`, toneOf(stream.events)),
    ownEventsLine(stream),
    responsesLine(stream),
  );
}

/** @param {Stream} stream */
function streamHeader({ id, path, summary, description, delivery }) {
  const tagline = element("span", { class: "tagline" }, ...inline(summary));
  const title = element("h2", { id: `${id}-title` }, element("a", { href: `#${encodeURI(id)}` }, id), tagline);
  const said = description?.replace(/\.$/, "") === summary ? [] : prose(description);
  const how = delivery && element("p", { class: "note" }, DELIVERIES[delivery] ?? delivery);
  const about = element("div", { class: "prose" }, ...said);
  return element("header", { class: "stream-header" }, title, address(path), about, how);
}

/** A path, which may break after each slash. @param {string} path */
function address(path) {
  const parts = path.split(/(?<=\/)/).flatMap((part) => [part, element("wbr")]);
  const method = element("span", { class: "method" }, "GET");
  const copy = copyButton("path", () => path);
  return element("p", { class: "address" }, method, element("code", { class: "path" }, ...parts), copy);
}

/** @param {Stream} stream */
function listenDetails(stream) {
  const details = element("details", { class: "listen" }, element("summary", {}, "Listen"));
  const open = () => details.append(new ListenPanel(stream, toneOf(stream.events)).element);
  // Most are never opened.
  details.addEventListener("toggle", open, { once: true });
  return details;
}

/** @param {Stream} stream @param {ApiDocument} api */
function parametersView({ id, parameters }, api) {
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

/** @param {Stream} stream */
function ownEventsLine({ ownEvents }) {
  const links = ownEvents.flatMap(({ name }, at) => [at ? ", " : "", element("a", { href: `#${name}` }, code(name))]);
  return element("p", { class: "note" }, "And what the gateway says on every stream: ", ...links, ".");
}

/** @param {Stream} stream */
function responsesLine({ responses }) {
  const refusals = responses.filter(([status]) => status >= "400").map(([status]) => status);
  const finished = responses.find(([status]) => status === "204");
  const end = finished && ["204: ", ...inline(finished[1]), " "];
  const link = element("a", { href: "#error-responses" }, "a problem");
  return element("p", { class: "note" }, ...(end || []), "Refused with ", link, `: ${refusals.join(", ")}.`);
}
