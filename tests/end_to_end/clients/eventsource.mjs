// npm `eventsource` as a client: prints each event of the stream at argv[2] as one line of JSON, and exits by itself
// once the package has given up and nothing is left to do.
import { EventSource } from "eventsource";

const [url, ...names] = process.argv.slice(2);
const source = new EventSource(url);
const tell = ({ type, data, lastEventId }) => console.log(JSON.stringify({ name: type, data, id: lastEventId }));
for (const name of names) source.addEventListener(name, tell);
