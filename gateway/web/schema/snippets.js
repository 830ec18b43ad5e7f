/**
 * @param {URL} url
 * @param {{verb: string, body?: string, streams: boolean}} request
 */
export function curlLine(url, { verb, body, streams }) {
  const sent = body === undefined ? [] : ["-H 'content-type: application/json'", `-d ${quoted(body)}`];
  // -d makes it a POST.
  const method = verb === "GET" || (verb === "POST" && sent.length > 0) ? [] : [verb === "HEAD" ? "-I" : `-X ${verb}`];
  return ["curl", ...(streams ? ["-N"] : []), ...method, ...sent, quoted(url.href.replaceAll("'", "%27"))].join(" ");
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * What asks once in a browser.
 * @param {URL} url
 * @param {string} verb
 * @param {string | undefined} body
 */
export function fetchCode(url, verb, body) {
  const method = `  method: ${JSON.stringify(verb)},`;
  const sent = ['  headers: { "content-type": "application/json" },', `  body: ${JSON.stringify(body)},`];
  if (verb === "GET") return `const response = await fetch(${JSON.stringify(url.href)});`;
  return [`const response = await fetch(${JSON.stringify(url.href)}, {`, method, ...(body ? sent : []), "});"].join("\n");
}

/**
 * What reads a stream in a browser.
 * @param {URL} url
 * @param {string[]} names of the contract's events
 */
export function eventSourceCode(url, names) {
  return [
    `const source = new EventSource(${JSON.stringify(url.href)});`,
    "",
    ...names.map(listener),
    'source.addEventListener("stream-end", () => source.close());',
  ].join("\n");
}

/** @param {string} name */
function listener(name) {
  const text = JSON.stringify(name);
  const say = `console.log(${text}, JSON.parse(event.data))`;
  if (name !== "error") return `source.addEventListener(${text}, (event) => ${say});`;
  return [
    `source.addEventListener("error", (event) => {`,
    "  // EventSource calls a lost connection so as well; only an event of the stream has data.",
    `  if (event.data) ${say};`,
    "});",
  ].join("\n");
}
