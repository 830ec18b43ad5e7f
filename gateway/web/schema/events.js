import { alike, UNNAMED } from "./document.js";
import { button, copyButton, element } from "./element.js";
import { payloadView } from "./fields.js";
import { frameText, highlighted } from "./frame.js";
import { inline, prose } from "./prose.js";

/** @typedef {import("./document.js").EventType} EventType @typedef {import("./document.js").ApiDocument} ApiDocument */

/** Asks the card around an event's heading to show that event's example. */
export const SHOW_EVENT = "showevent";
const TONES = 6;
const ABOUT_UNNAMED = `Has no name on the wire; EventSource fires it as \`${UNNAMED}\`.`;

/**
 * Cards of events; those whose payloads have the same fields share one.
 * @param {EventType[]} events
 * @param {ApiDocument} api
 * @param {(name: string) => string} anchor
 * @param {(name: string) => string} tone
 * @returns {HTMLElement[]}
 */
export function eventCards(events, api, anchor, tone) {
  return alike(events, api).map((group) => eventCard(group, api, anchor, tone));
}

/**
 * The colour of each event of a stream; the gateway's own have none.
 * @param {EventType[]} events
 * @returns {(name: string) => string}
 */
export function toneOf(events) {
  const names = events.map(({ name }) => name);
  return (name) => (names.includes(name) ? String(names.indexOf(name) % TONES) : "own");
}

/**
 * @param {EventType[]} group
 * @param {ApiDocument} api
 * @param {(name: string) => string} anchor
 * @param {(name: string) => string} tone
 */
function eventCard(group, api, anchor, tone) {
  const headings = group.map((event) => eventHeading(event, anchor(event.name), tone(event.name)));
  const body = element("div", { class: "event-body" }, payload(group, api));
  const card = element("article", { class: "event-card" }, ...headings, body);
  const examples = group.filter(({ example }) => example);
  if (examples.length > 0) body.append(exampleView(examples, card));
  return card;
}

/** @param {EventType[]} group @param {ApiDocument} api */
function payload(group, api) {
  const label = `Fields of ${group.map(({ name }) => name).join(", ")}`;
  const together = `These ${group.length} events carry the same fields.`;
  return element(
    "div",
    { class: "payload" },
    group.length > 1 && element("p", { class: "note" }, together),
    ...prose(common(group, api)),
    ...payloadView(group[0].payload, api, label),
  );
}

/** @param {EventType} event @param {string} id @param {string} tone */
function eventHeading({ name, description }, id, tone) {
  const link = element("a", { href: `#${encodeURI(id)}`, class: "event-name", "data-tone": tone }, name);
  const said = element("div", { class: "prose" }, ...prose(description));
  if (name === UNNAMED) said.append(element("p", { class: "note" }, ...inline(ABOUT_UNNAMED)));
  return element("header", { id, class: "event-heading", "data-event": name }, element("h4", {}, link), said);
}

/**
 * What the payloads' descriptions say beyond those of their events, where they agree.
 * @param {EventType[]} group
 * @param {ApiDocument} api
 */
function common(group, api) {
  const [first, ...others] = group.map((event) => {
    const text = api.resolve(event.payload).description ?? "";
    const beyond = text.slice(event.description.length);
    return text.startsWith(event.description) && /^[.\s]|^$/.test(beyond) ? beyond.replace(/^[.\s]+/, "") : text;
  });
  return others.every((each) => each === first) ? first : "";
}

/**
 * A real event as it stands on the wire; of several, one at a time.
 * @param {EventType[]} events
 * @param {HTMLElement} card
 */
function exampleView(events, card) {
  const text = element("pre", { tabindex: 0, "aria-label": "Example" });
  let shown = events[0];
  const tabs = events.map((event) => button(event.name, () => show(event.name)));
  function show(/** @type {string} */ name) {
    shown = events.find((event) => event.name === name) ?? shown;
    tabs.forEach((tab, at) => tab.setAttribute("aria-pressed", String(events[at] === shown)));
    text.replaceChildren(...highlighted(frameText(shown)));
  }
  show(shown.name);
  card.addEventListener(SHOW_EVENT, (event) => show(/** @type {CustomEvent<string>} */ (event).detail));
  const choice = element("div", { class: "tabs", role: "group", "aria-label": "Example of" }, ...tabs);
  const copy = copyButton("example", () => frameText(shown));
  const caption = element("figcaption", {}, events.length > 1 ? choice : "Example", copy);
  return element("figure", { class: "example" }, caption, text);
}
