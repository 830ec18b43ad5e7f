import { AskPanel } from "./ask.js";
import { code, element } from "./element.js";
import { eventCards, toneOf } from "./events.js";
import { ListenPanel } from "./listen.js";
import { contentView, operationHeader, parametersView, responsesLine } from "./operation.js";

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
  const { id, delivery, body } = stream;
  const how = delivery && element("p", { class: "note" }, DELIVERIES[delivery] ?? delivery);
  return element(
    "section",
    { id, class: "panel stream", "aria-labelledby": `${id}-title` },
    operationHeader(stream, how),
    listenDetails(stream, api),
    parametersView(stream, api),
    contentView("Body", body, `Fields of the body of ${id}`, api),
    element("h3", {}, "Events"),
    ...eventCards(stream.events, api, (name) => `${id}/${name}`, toneOf(stream.events)),
    ownEventsLine(stream),
    responsesLine(stream),
  );
}

/** What an EventSource cannot ask for is only shown as lines to copy. @param {Stream} stream @param {ApiDocument} api */
function listenDetails(stream, api) {
  const listens = stream.verb === "GET";
  const details = element("details", { class: "listen" }, element("summary", {}, listens ? "Listen" : "Ask"));
  const panel = () => (listens ? new ListenPanel(stream, toneOf(stream.events)) : new AskPanel(stream, api, "stream"));
  // Most are never opened.
  details.addEventListener("toggle", () => details.append(panel().element), { once: true });
  return details;
}

/** @param {Stream} stream */
function ownEventsLine({ ownEvents }) {
  const links = ownEvents.flatMap(({ name }, at) => [at ? ", " : "", element("a", { href: `#${name}` }, code(name))]);
  return element("p", { class: "note" }, "And what the gateway says on every stream: ", ...links, ".");
}
