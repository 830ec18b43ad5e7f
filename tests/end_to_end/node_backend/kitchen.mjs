// A backend in Node: loads the proto file at argv[2], listens on the port of argv[3] (0: any free one), tells of itself by
// reflection, and prints where it listens and which calls were cancelled. It serves what the file has of its methods.
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";

const [file, port] = process.argv.slice(2);
const PRICES = { soup: 650, pasta: 1275 };

function problem(code, details) {
  return Object.assign(new Error(details), { code, details });
}

function follow(call) {
  const { table, dishes, course, stay } = call.request;
  if (table === "nobody") return call.emit("error", problem(grpc.status.NOT_FOUND, `no table ${table}`));
  call.on("cancelled", () => console.log(`cancelled ${table}`));
  call.write({ accepted: { table, course, at: { seconds: 1767268800, nanos: 500000000 } } });
  for (const name of dishes)
    call.write({
      dish_served: {
        name,
        price_cents: PRICES[name] ?? "9007199254740993",
        photo: Buffer.from([0, 255, 16]),
        allergens: { celery: 1 },
        note: { value: "" },
      },
    });
  if (table === "burns") return call.emit("error", problem(grpc.status.DATA_LOSS, "the pan is on fire"));
  if (stay) return;
  call.write({ bill: { total_cents: 1925, split: [9.5, 9.75] } });
  call.end();
}

function price({ request: { dish, count } }, answer) {
  if (!(dish in PRICES)) return answer(problem(grpc.status.NOT_FOUND, `no dish ${dish}`));
  answer(null, { dish, total_cents: PRICES[dish] * (count || 1) });
}

function menu(call) {
  for (const dish of Object.keys(PRICES)) call.write({ dish });
  call.end();
}

const HANDLERS = { Follow: follow, Price: price, Menu: menu };

const definition = protoLoader.loadSync(file, { keepCase: true, longs: String, enums: String, defaults: true });
const { Kitchen } = grpc.loadPackageDefinition(definition).kitchen.v1;
const server = new grpc.Server();
const names = Object.values(Kitchen.service).map((method) => method.path.split("/").at(-1));
server.addService(Kitchen.service, Object.fromEntries(names.map((name) => [name, HANDLERS[name]])));
new ReflectionService(definition).addToServer(server);
server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${bound}`);
});
