// Seals and opens with typage, the age that is written in TypeScript: one request a line of
// JSON, one answer a line, bytes as base64.
import { createInterface } from "node:readline";
import { Decrypter, Encrypter, armor } from "age-encryption";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const text = (data) => Buffer.from(data).toString("base64");

async function seal({ plain, recipients, passphrase, workFactor, isArmored }) {
  const encrypter = new Encrypter();
  if (passphrase) {
    encrypter.setPassphrase(passphrase);
    encrypter.setScryptWorkFactor(workFactor);
  }
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const sealed = await encrypter.encrypt(bytes(plain));
  return isArmored ? Buffer.from(armor.encode(sealed)) : sealed;
}

async function open({ sealed, identity, passphrase }) {
  const decrypter = new Decrypter();
  if (passphrase) decrypter.addPassphrase(passphrase);
  else decrypter.addIdentity(identity);
  const given = bytes(sealed);
  const isArmored = given[0] === "-".charCodeAt(0);
  return decrypter.decrypt(isArmored ? armor.decode(Buffer.from(given).toString("latin1")) : given);
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = { data: text(await (request.do === "seal" ? seal(request) : open(request))) };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
