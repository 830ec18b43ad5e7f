/**
 * @param {URL} url
 */
export function curlLine(url) {
  return `curl -N '${url.href.replaceAll("'", "%27")}'`;
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
