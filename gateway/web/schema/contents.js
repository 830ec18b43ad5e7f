import { element } from "./element.js";

/** @typedef {import("./document.js").Stream} Stream @typedef {import("./document.js").Call} Call */

/**
 * What is on the page: each stream with its events, then what is answered once.
 * @param {Stream[]} streams
 * @param {Call[]} calls
 */
export function contents(streams, calls) {
  const entries = streams.map(({ id, events }) => entry(id, id, events.map(({ name }) => [name, `${id}/${name}`])));
  const own = (streams[0]?.ownEvents ?? []).map(({ name }) => /** @type {[string, string]} */ ([name, name]));
  if (streams.length > 0) entries.push(entry("On every stream", "own-events", own));
  const once = calls.map(({ id }) => entry(id, id, []));
  return element("ul", {}, ...entries, ...once, entry("Refusals", "error-responses", []));
}

/** @param {string} label @param {string} id @param {[label: string, id: string][]} below */
function entry(label, id, below) {
  const events = below.map(([name, anchor]) => element("li", {}, link(name, anchor)));
  return element("li", {}, link(label, id), events.length > 0 && element("ul", {}, ...events));
}

/** @param {string} label @param {string} id */
function link(label, id) {
  return element("a", { href: `#${encodeURI(id)}` }, label);
}

/**
 * Marks the entry of the section that is being read.
 * @param {HTMLElement} nav
 * @param {Iterable<Element>} sections
 */
export function followReading(nav, sections) {
  const observer = new IntersectionObserver(
    (entries) => {
      const entering = entries.find(({ isIntersecting }) => isIntersecting);
      if (entering) mark(nav, entering.target.id);
    },
    { rootMargin: "-15% 0px -80%" },
  );
  for (const section of sections) observer.observe(section);
}

/** @param {HTMLElement} nav @param {string} id */
function mark(nav, id) {
  nav.querySelector("[aria-current]")?.removeAttribute("aria-current");
  /** @type {HTMLElement | undefined} */
  const current = [...nav.querySelectorAll("a")].find((each) => each.hash === `#${encodeURI(id)}`);
  current?.setAttribute("aria-current", "location");
  // Not scrollIntoView: that would scroll the page as well.
  if (current) nav.scrollTop = current.offsetTop - nav.clientHeight / 2;
}
