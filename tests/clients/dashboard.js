// A dashboard as the AsyncAPI document of one station describes it (`okko topics --station STATION --asyncapi`): broker,
// prefix and topics are all in it.
//
//   node dashboard.js DOCUMENT
//
// Says "connected", then shows the totals whenever they change, as a line of text in JSON. When its input ends, it tells
// everything that it has seen.
import mqtt from "mqtt";
import { Contract, tell } from "./contract.js";

const contract = new Contract(process.argv[2], "anyone");
const sources = {
  verdict: contract.operation("receive", "verdict"),
  count: contract.operation("receive", "count"),
  agent: contract.operation("receive", "agent"),
  ready: contract.operation("receive", "ready"),
};
const readySilenceMs = contract.expiry("decision_sends_ready") * 1000;

const seen = { verdicts: {}, tallied: 0, repeated: 0, count: null, agents: {}, ready: false };
let readyTimer;
let shown = "";

const act = {
  verdict(payload) {
    const verdict = JSON.parse(payload);
    if (verdict.duplicate) {
      seen.repeated += 1; // told before: not counted
    } else {
      seen.tallied += 1;
      seen.verdicts[verdict.item_id] = verdict;
    }
  },
  count(payload) {
    seen.count = JSON.parse(payload);
  },
  agent(payload, { agent }) {
    if (payload.length === 0) delete seen.agents[agent];
    else seen.agents[agent] = JSON.parse(payload).state;
  },
  ready(payload) {
    clearTimeout(readyTimer);
    seen.ready = payload.toString() === "1";
    readyTimer = setTimeout(() => {
      seen.ready = false;
      show();
    }, readySilenceMs);
  },
};

function show() {
  const { count, agents, ready } = seen;
  const reasons = Object.entries(count?.by_reason ?? {}).sort().map(([reason, n]) => `${reason} ${n}`).join(", ");
  const totals = count === null ? "nothing counted" : `${count.total} parts: ${count.ok} OK, ${count.ko} KO (${reasons})`;
  const down = Object.keys(agents).filter((agent) => agents[agent] !== "online").sort();
  const text = `${ready ? "ready" : "NOT READY"} | ${totals} | ${down.length ? `down: ${down.join(", ")}` : "all agents online"}`;
  if (text !== shown) tell({ event: "shown", text });
  shown = text;
}

const { protocolVersion } = contract.document.servers.station;
const client = mqtt.connect(contract.url, { protocolVersion: Number.parseInt(protocolVersion, 10), clean: true });
client.on("connect", () => {
  const topics = Object.fromEntries(Object.values(sources).map(({ filter, qos }) => [filter, { qos }]));
  client.subscribe(topics, () => tell({ event: "connected" }));
});
client.on("message", (topic, payload) => {
  for (const [key, source] of Object.entries(sources)) {
    const names = contract.names(source, topic);
    if (names !== null) act[key](payload, names);
  }
  show();
});
client.on("error", (error) => tell({ event: "error", text: String(error) }));
client.on("close", () => {
  seen.ready = false;
  show();
});

process.stdin.resume();
process.stdin.on("end", () => {
  clearTimeout(readyTimer);
  client.removeAllListeners("close");
  tell({ event: "seen", ...seen });
  client.end(true);
});
