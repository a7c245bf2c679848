// What the AsyncAPI document says, as a client needs it. Nothing here knows a topic, a column or a reason by heart.
import { readFileSync } from "node:fs";

export class Contract {
  /** `role` is the tag of the operations that this client may use; `base` is needed where the document has none. */
  constructor(file, role, base) {
    this.document = JSON.parse(readFileSync(file, "utf8"));
    this.role = role;
    this.base = base;
  }

  /** Where, and how, the client sends or receives; an operation of another role is refused. */
  operation(action, key) {
    const found = this.document.operations[`${this.role}_${action}s_${key}`];
    if (found === undefined) throw new Error(`the document lets no ${this.role} ${action} ${key}`);
    const channel = this.#at(found.channel.$ref);
    const address = this.base === undefined ? channel.address : channel.address.replace("{base}", this.base);
    const { qos, retain } = found.bindings.mqtt;
    return { key, address, filter: address.replace(/\{\w+\}/g, "+"), qos, retain };
  }

  /** After how many seconds the broker forgets a message, by the operation that sends it. */
  expiry(operation) {
    return this.document.operations[operation].bindings.mqtt.messageExpiryInterval;
  }

  /** The names in the topic of a received message (`{agent}`), or null where it is none of this operation's. */
  names({ address }, topic) {
    const levels = topic.split("/");
    const wanted = address.split("/");
    if (levels.length !== wanted.length) return null;
    const names = {};
    for (const [index, level] of wanted.entries()) {
      if (/^\{\w+\}$/.test(level)) names[level.slice(1, -1)] = levels[index];
      else if (level !== levels[index]) return null;
    }
    return names;
  }

  /** A line in fixed columns as its fields, or null where it does not look as the schema says. */
  columns(schemaName, line) {
    const schema = this.document.components.schemas[schemaName];
    if (!new RegExp(schema.pattern, "u").test(line)) return null;
    const characters = [...line];
    const fields = {};
    for (const [name, [first, last]] of Object.entries(schema["x-columns"])) {
      fields[name] = characters.slice(first - 1, last).join("");
    }
    if ("reason" in fields) fields.reason = schema["x-reasons"][fields.reason];
    return fields;
  }

  /** Where the station's broker is, where the document is one of a single station. */
  get url() {
    const { protocol, host } = this.document.servers.station;
    return `${protocol}://${host}`;
  }

  #at(reference) {
    return reference.slice(2).split("/").reduce((node, part) => node[part], this.document);
  }
}

/** One line of JSON for whoever started this program. */
export function tell(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
