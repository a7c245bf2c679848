// A PLC as docs/reference/asyncapi.json describes one, over MQTT 3.1.1:
//
//   node plc.js DOCUMENT BASE URL DEADLINE_MS
//
// The machine around it speaks on stdin, one JSON object a line: {"part": "duck-1"}; {"part": ""}, a part without a name,
// sent without a seq; {"part": "duck-2", "unplug": true}, which cuts the cable as soon as the trigger is delivered;
// {"plug": true}. What it does comes out as JSON lines. It ends with its input.
import { createInterface } from "node:readline";
import mqtt from "mqtt";
import { Contract, tell } from "./contract.js";

const [document, base, url, deadline] = process.argv.slice(2);
const deadlineMs = Number(deadline);
const contract = new Contract(document, "plc", base);
const trigger = contract.operation("send", "trigger");
const ask = contract.operation("send", "ask");
const code = contract.operation("receive", "verdict_code");
const ready = contract.operation("receive", "ready");
const readySilenceMs = contract.expiry("decision_sends_ready") * 1000;

let client;
let isPlugged = false;
let readyTimer;
let isReady = false;
let seq = 0;
const awaited = []; // {seq, part, payload, timer, isSilent}

function setReady(now) {
  if (now !== isReady) tell({ event: "ready", ready: now });
  isReady = now;
}

function onReady(value) {
  clearTimeout(readyTimer);
  setReady(value === "1");
  readyTimer = setTimeout(() => setReady(false), readySilenceMs); // the expiry of a retained message sends nothing
}

function onCode(line) {
  const said = contract.columns("VerdictCode", line);
  if (said === null) return tell({ event: "unreadable", line });
  // Zeros stand for no seq, which is why the counter begins at 1: then the part's name has to tell.
  const index = awaited.findIndex((one) =>
    one.seq === null ? Number(said.seq) === 0 && said.part_id === one.part : Number(said.seq) === one.seq,
  );
  if (index < 0) return tell({ event: "ignored", line });
  const [one] = awaited.splice(index, 1);
  clearTimeout(one.timer);
  tell({
    event: one.isSilent ? "answer" : "verdict",
    seq: one.seq,
    part: said.part_id,
    verdict: said.verdict,
    reason: said.reason,
    reject: one.isSilent || said.verdict !== "OK", // rejected for silence: the answer comes too late for the part
  });
}

function publish({ address, qos, retain }, payload, done = () => {}) {
  client.publish(address, payload, { qos, retain }, done);
}

function partArrived(part, unplug) {
  if (!isReady) return tell({ event: "held", part });
  const one = { seq: part === "" ? null : (seq += 1), part, isSilent: false };
  one.payload = one.seq === null ? "" : `${one.seq} ${part}`;
  one.timer = setTimeout(() => onSilence(one), deadlineMs);
  awaited.push(one);
  tell({ event: "sent", seq: one.seq, part });
  publish(trigger, one.payload, () => unplug && cut());
}

function onSilence(one) {
  if (!one.isSilent) tell({ event: "silence", seq: one.seq, part: one.part, reject: true });
  one.isSilent = true;
  if (isPlugged && client.connected) {
    tell({ event: "asked", seq: one.seq });
    publish(ask, one.payload);
  }
  one.timer = setTimeout(() => onSilence(one), deadlineMs); // again until it is answered
}

function plug() {
  isPlugged = true;
  // Clean, nothing queued while away: a trigger of before would look like a new part. A new client each time, so that
  // nothing of the last connection is sent again.
  const own = mqtt.connect(url, { protocolVersion: 4, clean: true, queueQoSZero: false, reconnectPeriod: 0, keepalive: 5 });
  client = own;
  own.on("connect", () => {
    own.subscribe([code, ready].map((one) => one.filter), { qos: code.qos }, () => {
      for (const one of awaited.filter(({ isSilent }) => isSilent)) {
        clearTimeout(one.timer);
        onSilence(one); // it could not be asked for so far
      }
    });
  });
  own.on("message", (topic, payload) => {
    if (own !== client || !isPlugged) return; // what was still in the cable
    if (topic === ready.address) onReady(payload.toString());
    else if (topic === code.address) onCode(payload.toString());
  });
  own.on("error", (error) => tell({ event: "error", text: String(error) }));
  own.on("close", () => own === client && setReady(false)); // no connection is not ready
}

function cut() {
  isPlugged = false;
  client.stream.destroy();
  clearTimeout(readyTimer);
  setReady(false);
  tell({ event: "unplugged" });
}

const machine = createInterface({ input: process.stdin });
machine.on("line", (line) => {
  const said = JSON.parse(line);
  if (said.plug) plug();
  else partArrived(said.part, said.unplug);
});
machine.on("close", () => {
  clearTimeout(readyTimer);
  for (const one of awaited) clearTimeout(one.timer);
  client?.end(true);
});
plug();
