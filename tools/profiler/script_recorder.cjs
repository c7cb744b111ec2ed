"use strict";
// Starts a project's server by its own words, asks what it is told to, and writes the answers down; runs in the sandbox.
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");

const order = JSON.parse(fs.readFileSync(0, "utf8"));
const ports = [order.port, 3000, 8080, 8000, 5000, 4000];
const told = { steps: [], again: [], problem: "" };
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => socket.destroy() && resolve(true));
    socket.once("error", () => resolve(false));
  });
}

function ask(port, step) {
  return new Promise((resolve) => {
    const done = (status, kind, body) => resolve({ ...step, status, kind, answer: kept(kind, body) });
    const request = http.request({ port, host: "127.0.0.1", method: step.method, path: step.path }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      const kind = (answer.headers["content-type"] || "").split(";")[0].trim();
      answer.on("end", () => done(answer.statusCode, kind, Buffer.concat(parts)));
    });
    request.setTimeout(order.request_ms, () => request.destroy());
    request.once("error", () => done(0, "", Buffer.alloc(0)));
    request.end();
  });
}

function kept(kind, body) {
  if (body.length > order.answer_bytes) return null;
  try {
    if (kind.endsWith("json")) return JSON.parse(body.toString());
  } catch {
    return null;
  }
  return ["text/plain", "text/csv"].includes(kind) ? body.toString() : null;
}

async function run(wanted) {
  const env = { ...process.env, PORT: String(order.port), HOST: "127.0.0.1" };
  const log = fs.openSync(order.log, "w");
  const child = spawn("sh", ["-c", order.start], { env, stdio: ["ignore", log, log], detached: true });
  let ended = false;
  child.once("exit", () => (ended = true));
  try {
    const until = Date.now() + order.start_ms;
    let port = 0;
    while (!port && !ended && Date.now() < until) {
      for (const one of ports) if (!port && (await listens(one))) port = one;
      if (!port) await wait(50);
    }
    if (!port) {
      const lines = fs.readFileSync(order.log, "utf8").trim().split("\n");
      const said = lines.find((line) => /Error/.test(line)) || lines[lines.length - 1];
      const how = ended ? "ended before it listened" : `listened on no usual port within ${order.start_ms / 1000} s`;
      throw new Error(`it ${how}: ${said}`.slice(0, 500));
    }
    const steps = [];
    for (const step of wanted) steps.push(await ask(port, step));
    return steps;
  } finally {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      ended = true; // it has gone by itself
    }
    for (let left = 100; left && !ended; left--) await wait(20);
  }
}

(async () => {
  if (order.build) spawnSync("sh", ["-c", order.build], { stdio: "ignore" });
  told.steps = await run(order.script);
  if (order.twice) told.again = await run(told.steps);
})()
  .catch((error) => (told.problem = `the application did not start: ${error.message}`))
  .finally(() => fs.writeFileSync(order.report, JSON.stringify(told)));
