import { AskPanel } from "./ask.js";
import { copyButton, element } from "./element.js";
import { highlighted, pretty } from "./frame.js";
import { contentView, operationHeader, parametersView, responsesLine } from "./operation.js";

/** @typedef {import("./document.js").Call} Call @typedef {import("./document.js").ApiDocument} ApiDocument */

/**
 * Everything about what is answered once.
 * @param {Call} call
 * @param {ApiDocument} api
 */
export function callSection(call, api) {
  const { id, body, answer } = call;
  return element(
    "section",
    { id, class: "panel stream call", "aria-labelledby": `${id}-title` },
    operationHeader(call),
    askDetails(call, api),
    parametersView(call, api),
    contentView("Body", body, `Fields of the body of ${id}`, api),
    contentView("Answer", answer, `Fields of the answer of ${id}`, api),
    exampleView(answer?.example),
    responsesLine(call),
  );
}

/** @param {Call} call @param {ApiDocument} api */
function askDetails(call, api) {
  const details = element("details", { class: "listen" }, element("summary", {}, "Ask"));
  details.addEventListener("toggle", () => details.append(new AskPanel(call, api, "once").element), { once: true });
  return details;
}

/** @param {unknown} example */
function exampleView(example) {
  if (example === undefined) return null;
  const text = pretty(example);
  const caption = element("figcaption", {}, "Example", copyButton("example", () => text));
  const shown = element("pre", { tabindex: 0, "aria-label": "Example" }, ...highlighted(text));
  return element("figure", { class: "example" }, caption, shown);
}
