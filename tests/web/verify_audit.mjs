// Verifies an exported audit.json as a reader with another program would, from its own "how" alone.
// Prints {"events", "broken"}: how many there are, and the id of the first that does not fit, or 0.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const escaped = (text) =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, (letter) => "\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0"));

const { events } = JSON.parse(readFileSync(0, "utf8"));
let before = "";
let broken = 0;
for (const event of events) {
  const facts = { ...event, before };
  const text = "{" + ["about", "at", "before", "by", "case", "what"]
    .map((key) => `"${key}":${escaped(facts[key])}`).join(",") + "}";
  const digest = createHash("sha256").update(text).digest("hex");
  if (digest !== event.digest && !broken) broken = event.id;
  before = event.digest;
}
console.log(JSON.stringify({ events: events.length, broken }));
