import { code, element, row, table } from "./element.js";
import { eventCards } from "./events.js";
import { payloadView } from "./fields.js";
import { inline } from "./prose.js";

/** @typedef {import("./document.js").Stream} Stream @typedef {import("./document.js").ApiDocument} ApiDocument */

/**
 * The events that the gateway itself sends, the same on every stream.
 * @param {Stream[]} streams
 * @param {ApiDocument} api
 */
export function ownEventsSection(streams, api) {
  const events = new Map(streams.flatMap(({ ownEvents }) => ownEvents).map((event) => [event.name, event]));
  return element(
    "section",
    { id: "own-events", class: "panel stream" },
    element("h2", {}, "On every stream"),
    element("p", {}, "What the gateway itself has to say, beside the events of the contract."),
    ...eventCards([...events.values()], api, (name) => name, () => "own"),
  );
}

const ABOUT_REFUSALS =
  "What is refused is answered with one of these and a body of `application/problem+json`. " +
  "Of a stream that cannot start, EventSource tells a page neither; `fetch` the same address to learn why.";

/**
 * What a refusal looks like.
 * @param {import("./document.js").Operation[]} operations
 * @param {ApiDocument} api
 */
export function errorsSection(operations, api) {
  const meanings = new Map(operations.flatMap(({ responses }) => responses).filter(([status]) => status >= "400"));
  const rows = [...meanings].sort().map(([status, meaning]) => row([code(status)], inline(meaning)));
  return element(
    "section",
    { id: "error-responses", class: "panel stream" },
    element("h2", {}, "Refusals"),
    element("p", {}, ...inline(ABOUT_REFUSALS)),
    table(["Status", "Meaning"], rows, { class: "fields statuses", "aria-label": "Statuses" }),
    element("h3", {}, "The body"),
    ...(api.problem ? payloadView(api.problem, api, "Fields of a problem") : []),
  );
}
