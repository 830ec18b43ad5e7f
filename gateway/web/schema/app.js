import { find } from "../page/dom.js";
import { callSection } from "./call.js";
import { contents, followReading } from "./contents.js";
import { ApiDocument } from "./document.js";
import { element } from "./element.js";
import { SHOW_EVENT } from "./events.js";
import { errorsSection, ownEventsSection } from "./gateway-sections.js";
import { prose } from "./prose.js";
import { streamSection } from "./stream.js";

const DOCUMENT = "schema/openapi.json";
const SECTIONS_AT_ONCE = 5;

const main = find(document, "#page-main");

async function start() {
  const response = await fetch(DOCUMENT);
  if (!response.ok) throw new Error(`${DOCUMENT} is answered with ${response.status}`);
  const api = new ApiDocument(await response.json());
  showInfo(api.info);
  await showOperations(api);
  main.removeAttribute("aria-busy");
  window.addEventListener("hashchange", showTarget);
  showTarget();
}

/** @param {{title: string, version: string, description?: string}} info */
function showInfo({ title, version, description }) {
  document.title = `${title} · gateway`;
  find(document, "#page-title").textContent = title;
  find(document, "#page-version").textContent = `version ${version}`;
  find(document, "#page-intro").append(...prose(description));
}

/** @param {ApiDocument} api */
async function showOperations(api) {
  const { streams, calls } = api;
  const nav = find(document, "#page-contents");
  nav.append(contents(streams, calls));
  await showSections(streams.map((stream) => () => streamSection(stream, api)));
  if (streams.length > 0) main.append(ownEventsSection(streams, api));
  await showSections(calls.map((call) => () => callSection(call, api)));
  main.append(errorsSection([...streams, ...calls], api));
  followReading(nav, main.querySelectorAll("section"));
}

/**
 * Shows a few sections at a time: a contract may have hundreds, and the page must not freeze.
 * @param {(() => HTMLElement)[]} sections
 */
async function showSections(sections) {
  for (let at = 0; at < sections.length; at += SECTIONS_AT_ONCE) {
    main.append(...sections.slice(at, at + SECTIONS_AT_ONCE).map((make) => make()));
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Goes to what the address names: the browser looked for it before it was there. */
function showTarget() {
  const target = document.getElementById(decoded(location.hash.slice(1)));
  main.querySelector(".current")?.classList.remove("current");
  if (!target || !main.contains(target)) return;
  target.classList.add("current");
  const { event } = target.dataset;
  if (event) target.parentElement?.dispatchEvent(new CustomEvent(SHOW_EVENT, { detail: event }));
  target.scrollIntoView();
}

/** @param {string} fragment */
function decoded(fragment) {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

start().catch((error) => {
  main.removeAttribute("aria-busy");
  const attributes = { class: "note connection-problem", role: "alert" };
  main.append(element("p", attributes, `The document cannot be shown: ${error.message}`));
  throw error;
});
